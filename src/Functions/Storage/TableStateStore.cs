using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Storage;

/// <summary>State in the Gateway table.</summary>
/// <param name="tables">The tables.</param>
/// <param name="json">Describes the rows.</param>
/// <param name="recent">Rows that this process has written.</param>
public sealed class TableStateStore(StorageTables tables, StoredJson json, RecentRows recent) : IStateStore
{
    /// <inheritdoc/>
    public async Task<Stored<T>?> FindAsync<T>(string partition, string key, CancellationToken cancellationToken)
        where T : class => await tables.FindAsync(StorageTables.Gateway, partition, key, cancellationToken) is { } row ? GatewayRow.Read<T>(row, json) : null;

    /// <inheritdoc/>
    public async Task<Stored<T>?> FindRecentAsync<T>(string partition, string key, CancellationToken cancellationToken)
        where T : class => recent.Find<T>(partition, key) ?? await FindAsync<T>(partition, key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<Stored<T>> ListAsync<T>(string partition, string keyPrefix, string? afterKey, CancellationToken cancellationToken)
        where T : class
    {
        string from = afterKey ?? keyPrefix;
        string end = EndOf(keyPrefix);
        string filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {from} and RowKey lt {end}");
        return tables.QueryAsync(StorageTables.Gateway, filter, cancellationToken).Select(row => GatewayRow.Read<T>(row, json));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<(string Partition, Stored<T> Row)> ListPartitionsAsync<T>(
        string partitionPrefix, string key, string? afterPartition, CancellationToken cancellationToken)
        where T : class
    {
        string from = afterPartition ?? partitionPrefix;
        string filter = TableClient.CreateQueryFilter($"PartitionKey gt {from} and PartitionKey lt {EndOf(partitionPrefix)} and RowKey eq {key}");
        return tables.QueryAsync(StorageTables.Gateway, filter, cancellationToken).Select(row => (row.PartitionKey, GatewayRow.Read<T>(row, json)));
    }

    /// <inheritdoc/>
    public async Task<bool> TryWriteAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        if (transaction.Events.Count > 0)
        {
            throw new ArgumentException("Events are committed by the publisher.", nameof(transaction));
        }

        TableClient gateway = await tables.GatewayWithoutRetriesAsync(cancellationToken);
        try
        {
            // Without the caller's token: a client that disconnects must not leave an unknown outcome.
            Response<IReadOnlyList<Response>> committed = await StorageCall.RunAsync(
                () => gateway.SubmitTransactionAsync(GatewayRow.WritesOf(transaction, json), CancellationToken.None), CancellationToken.None);
            recent.Committed(transaction, committed.Value);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412)
        {
            recent.Refused(transaction);
            return false;
        }
    }

    // A prefix ends in ':'. The next character bounds the range, so that storage reads only these rows.
    private static string EndOf(string prefix) => prefix[..^1] + (char)(prefix[^1] + 1);
}
