using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Sessions;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Sessions;

/// <summary>The index of sessions in the table <see cref="StorageTables.SessionExpiry"/>: a partition for each hour, <c>yyyyMMddHH</c>.</summary>
/// <param name="tables">The tables.</param>
public sealed class TableSessionIndex(StorageTables tables) : ISessionIndex
{
    private const string UserId = "UserId";
    private const string DueAt = "DueAt";

    /// <inheritdoc/>
    public async Task AddAsync(string sessionId, string userId, DateTimeOffset dueAt, CancellationToken cancellationToken)
    {
        TableClient table = await tables.GetAsync(StorageTables.SessionExpiry, cancellationToken);
        var row = new TableEntity(Hours.Of(dueAt), sessionId) { [UserId] = userId, [DueAt] = dueAt };
        await StorageCall.RunAsync(() => table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<DueSession> ListDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        string hour = Hours.Of(now);
        string filter = TableClient.CreateQueryFilter($"PartitionKey le {hour} and DueAt le {now}");
        return tables
            .QueryAsync(StorageTables.SessionExpiry, filter, cancellationToken)
            .Select(row => new DueSession(row.PartitionKey, row.RowKey, row.GetString(UserId), row.Timestamp!.Value));
    }

    /// <inheritdoc/>
    public async Task MoveAsync(DueSession session, DateTimeOffset dueAt, CancellationToken cancellationToken)
    {
        // Write the new place before deleting the old one. In between, a search finds the session twice, which does no harm.
        await AddAsync(session.SessionId, session.UserId, dueAt, cancellationToken);
        if (Hours.Of(dueAt) != session.Bucket)
        {
            await RemoveAsync(session, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(DueSession session, CancellationToken cancellationToken)
    {
        TableClient table = await tables.GetAsync(StorageTables.SessionExpiry, cancellationToken);
        await StorageCall.RunAsync(() => table.DeleteEntityAsync(session.Bucket, session.SessionId, ETag.All, cancellationToken), cancellationToken);
    }
}
