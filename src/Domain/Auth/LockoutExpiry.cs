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
            await foreach (Stored<LockoutRow> row in state.ListAsync<LockoutRow>(partition, LockoutKeys.RowPrefix, null, cancellationToken))
            {
                // Ignore a refusal: somebody has just signed in again.
                if (row.Value.IsExpired(time.GetUtcNow()) && await state.TryWriteAsync(new Transaction(partition).Delete(row.Key, row.ETag), cancellationToken))
                {
                    deleted++;
                }
            }
        }

        return deleted;
    }
}
