using System.Collections.Concurrent;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Recovery;

/// <summary>Deletes data older than its retention: hours of the log with their events, histories and abort markers, hours of the audit log, finished replays.</summary>
/// <param name="tables">The tables.</param>
/// <param name="log">The log of committed events.</param>
/// <param name="jobs">The replay jobs.</param>
/// <param name="features">Name the rows that go with an event.</param>
/// <param name="options">The retention times.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs the number of deleted rows.</param>
public sealed partial class Retention(
    StorageTables tables,
    EventLog log,
    ReplayJobs jobs,
    IEnumerable<IEventRows> features,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    ILogger<Retention> logger)
{
    private const int BatchSize = 1_000;
    private const int Parallelism = 8;

    /// <summary>Deletes expired data.</summary>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        var parts = new TickParts();
        int events = await parts.RunAsync(() => DeleteLogAsync(now, now - options.Value.LogRetention, cancellationToken), cancellationToken);
        int audits = await parts.RunAsync(() => DeleteAuditsAsync(ExpiredAudits(now, now - options.Value.AuditRetention), cancellationToken), cancellationToken);
        int replays = await parts.RunAsync(() => jobs.DeleteFinishedAsync(now - options.Value.LogRetention, cancellationToken), cancellationToken);
        await parts.RunAsync(() => DeleteIdempotencyRowsAsync(now - IdempotencyService.Retention, cancellationToken), cancellationToken);
        parts.ThrowIfOneFailed();
        LogCleanedUp(events, audits, replays);
    }

    // Impossible times expire by the time at which storage got the row. Two ranges: one filter for both would read the whole table.
    private static IEnumerable<string> ExpiredAudits(DateTimeOffset now, DateTimeOffset before)
    {
        (DateTimeOffset first, DateTimeOffset last) = EventTime.PlausibleAt(now);
        (string oldest, string firstHour, string end) = (Hours.Of(before), Hours.Of(first), Hours.EndOf(Hours.Of(last)));
        yield return TableClient.CreateQueryFilter($"PartitionKey lt {oldest} and (PartitionKey ge {firstHour} or Timestamp lt {before})");
        yield return TableClient.CreateQueryFilter($"PartitionKey ge {end} and Timestamp lt {before}");
    }

    // Delete the rows behind a line before the line, so that the next run finds the line again after a crash.
    private async Task<int> DeleteLogAsync(DateTimeOffset now, DateTimeOffset before, CancellationToken cancellationToken)
    {
        DateTimeOffset lastHour = before - TimeSpan.FromTicks(before.UtcTicks % TimeSpan.TicksPerHour) - TimeSpan.FromTicks(1);
        return await DeleteLogAsync(DateTimeOffset.MinValue, lastHour, IsExpired, cancellationToken)
            + await DeleteLogAsync(EventTime.PlausibleAt(now).Last, DateTimeOffset.MaxValue, IsExpired, cancellationToken);

        // Rows with an impossible time expire by the time at which storage received them.
        bool IsExpired(LogEntry entry) => EventTime.IsPlausible(entry.Timestamp, now) ? entry.Timestamp <= lastHour : entry.WrittenAt < before;
    }

    private async Task<int> DeleteLogAsync(DateTimeOffset from, DateTimeOffset to, Func<LogEntry, bool> isExpired, CancellationToken cancellationToken)
    {
        int deleted = 0;
        string? cursor = null;
        do
        {
            LogPage page = await log.ReadAsync(from, to, cursor, EventLog.PageSize, cancellationToken);
            LogEntry[] expired = [.. page.Entries.Where(isExpired)];
            FetchedEvents fetched = await log.FetchAsync(expired, cancellationToken);
            // A damaged event does not name its history, so a history row stays.
            ILookup<string, DomainEvent> byId = fetched.Events.ToLookup(domainEvent => domainEvent.Id);
            // A history row goes before its event or with it, so that no history names an event that is gone.
            await tables.DeleteAsync(
                StorageTables.Gateway,
                expired.SelectMany(entry => byId[entry.EventId].SelectMany(KeysOf).Append(GatewayRow.EventKey(entry.EventId)).Select(key => new TableRow(entry.Partition, key))),
                cancellationToken);
            await tables.DeleteAsync(StorageTables.Log, expired.SelectMany(entry => entry.Rows), cancellationToken);
            deleted += expired.Length;
            cursor = page.Cursor;
        }
        while (cursor is not null);
        return deleted;
    }

    // A key that was used again after its expiry has a newer row and index entry.
    private async Task DeleteIdempotencyRowsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        string oldest = Hours.Of(before);
        await foreach (TableEntity[] due in tables
            .QueryAsync(StorageTables.IdempotencyExpiry, TableClient.CreateQueryFilter($"PartitionKey lt {oldest}"), cancellationToken)
            .Chunk(BatchSize))
        {
            ConcurrentBag<TableRow> expired = [];
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken }, async (entry, token) =>
            {
                TableEntity? row = await tables.FindAsync(
                    StorageTables.Gateway, entry.GetString("Partition"), entry.GetString("Key"), ["PartitionKey", "RowKey", "Timestamp"], token);
                if (row?.Timestamp < before)
                {
                    expired.Add(new TableRow(row.PartitionKey, row.RowKey) { ETag = row.ETag });
                }
            });
            await tables.DeleteAsync(StorageTables.Gateway, expired, cancellationToken);
            await tables.DeleteAsync(StorageTables.IdempotencyExpiry, due.Select(entry => new TableRow(entry.PartitionKey, entry.RowKey)), cancellationToken);
        }
    }

    private IEnumerable<string> KeysOf(DomainEvent domainEvent) => features.SelectMany(feature => feature.KeysOf(domainEvent));

    private async Task<int> DeleteAuditsAsync(IEnumerable<string> filters, CancellationToken cancellationToken)
    {
        int deleted = 0;
        foreach (string filter in filters)
        {
            await foreach (TableEntity[] rows in tables.QueryAsync(StorageTables.Audit, filter, null, ["PartitionKey", "RowKey"], cancellationToken).Chunk(BatchSize))
            {
                await tables.DeleteAsync(StorageTables.Audit, rows.Select(row => new TableRow(row.PartitionKey, row.RowKey)), cancellationToken);
                deleted += rows.Length;
            }
        }

        return deleted;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted what was older than its retention: {Events} events of the log, {Audits} audit lines and {Replays} finished replays.")]
    private partial void LogCleanedUp(int events, int audits, int replays);
}
