using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Delivery;

/// <summary>State in the Gateway table.</summary>
/// <param name="tables">The tables.</param>
public sealed class TableStateStore(StorageTables tables) : IStateStore
{
    /// <inheritdoc/>
    public async Task<Stored<T>?> FindAsync<T>(string partition, string key, CancellationToken cancellationToken)
        where T : class
    {
        TableClient gateway = await tables.GetAsync(StorageTables.Gateway, cancellationToken);
        NullableResponse<TableEntity> found = await StorageCall.RunAsync(
            () => gateway.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken), cancellationToken);
        return found.HasValue ? GatewayRow.Read<T>(found.Value!) : null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Stored<T>> ListAsync<T>(
        string partition, string keyPrefix, string? afterKey, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        TableClient gateway = await tables.GetAsync(StorageTables.Gateway, cancellationToken);
        string from = afterKey ?? keyPrefix;
        // The prefix ends in ':'; the character after it bounds the range, so that storage reads these rows and no others.
        string end = keyPrefix[..^1] + (char)(keyPrefix[^1] + 1);
        string filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {from} and RowKey lt {end}");
        await using IAsyncEnumerator<TableEntity> rows = gateway
            .QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (await StorageCall.RunAsync(() => rows.MoveNextAsync().AsTask(), cancellationToken))
        {
            yield return GatewayRow.Read<T>(rows.Current);
        }
    }
}
