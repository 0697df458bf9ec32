using System.Globalization;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Auth;

/// <summary>Deletes expired login counts. Anybody can send names and addresses, which would fill storage.</summary>
/// <param name="state">Reads and deletes the counts.</param>
/// <param name="time">The clock.</param>
public sealed class LockoutExpiry(IStateStore state, TimeProvider time)
{
    private const int Partitions = 256;

    /// <summary>Checks all counts once.</summary>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <returns>The number of deleted counts.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<int> ExpireAsync(CancellationToken cancellationToken)
    {
        int deleted = 0;
        for (int number = 0; number < Partitions; number++)
        {
            string partition = LockoutKeys.PartitionPrefix + number.ToString("x2", CultureInfo.InvariantCulture);
            await foreach (Stored<LockoutRow>[] rows in state.ListAsync<LockoutRow>(partition, LockoutKeys.RowPrefix, null, cancellationToken)
                .Where(row => row.Value.IsExpired(time.GetUtcNow()))
                .Chunk(Transaction.MaxOperations))
            {
                deleted += await DeleteAsync(partition, rows, cancellationToken);
            }
        }

        return deleted;
    }

    private async Task<int> DeleteAsync(string partition, Stored<LockoutRow>[] rows, CancellationToken cancellationToken)
    {
        var transaction = new Transaction(partition);
        foreach (Stored<LockoutRow> row in rows)
        {
            transaction.Delete(row.Key, row.ETag);
        }

        if (await state.TryWriteAsync(transaction, cancellationToken))
        {
            return rows.Length;
        }

        int deleted = 0;
        // Somebody has just signed in again, whose row refuses the others too. A row that is refused alone stays.
        foreach (Stored<LockoutRow> row in rows.Length > 1 ? rows : [])
        {
            deleted += await DeleteAsync(partition, [row], cancellationToken);
        }

        return deleted;
    }
}
