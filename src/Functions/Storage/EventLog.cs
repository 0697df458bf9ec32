using System.Collections.Concurrent;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Storage;

/// <summary>
/// Every committed event in time order, in the Log table: by the hour of the event's time, and in it by event id. It holds references;
/// the events stay in the Gateway table. Replays and the route for events read it.
/// </summary>
/// <param name="tables">The tables.</param>
/// <param name="shards">The partitions of an hour.</param>
/// <param name="logger">Logs damaged rows.</param>
public sealed partial class EventLog(StorageTables tables, HourShards shards, ILogger<EventLog> logger) : IEventReader
{
    /// <summary>The most lines of a page.</summary>
    public const int PageSize = 500;

    private const int BatchSize = Transaction.MaxOperations;
    private const int Parallelism = 8;

    // Rows that a reader of many pages asks for: with the usual four shards, as many of each as one response of storage holds.
    private const int RowsAhead = 4 * PageSize;

    // Events of a user that lie closer together share a query. The user has fewer events in between than one response of storage holds.
    private static readonly TimeSpan MaxGap = TimeSpan.FromMinutes(1);

    private readonly HourTable lines = new(tables, StorageTables.Log, shards);

    // The keys of damaged rows that were logged. Once is enough, since the relay runs every few seconds.
    private readonly ConcurrentDictionary<string, bool> logged = new();

    /// <summary>Whether a text can be the cursor of a <see cref="LogPage"/>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>True for <c>{hour}/{row key}</c>.</returns>
    public static bool IsCursor(string text) => text.Split('/') is [var hour, { Length: > 0 }] && Hours.TryRead(hour, out _);

    /// <summary>Writes lines. Writing them again is harmless.</summary>
    /// <param name="entries">The lines.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task AppendAsync(IEnumerable<LogEntry> entries, CancellationToken cancellationToken)
    {
        TableClient log = await tables.GetAsync(StorageTables.Log, cancellationToken);
        IEnumerable<TableEntity[]> batches = entries
            .DistinctBy(entry => entry.EventId)
            .Select(RowOf)
            .GroupBy(row => row.PartitionKey)
            .SelectMany(partition => partition.Chunk(BatchSize));
        await Parallel.ForEachAsync(batches, Limits(cancellationToken), async (batch, token) => await StorageCall.RunAsync(
            () => log.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)), token), token));
    }

    /// <summary>Reads a page of the log, oldest first.</summary>
    /// <param name="from">The oldest event time. The search reads whole hours.</param>
    /// <param name="to">The newest event time.</param>
    /// <param name="cursor">The end of the previous page; null for the first page.</param>
    /// <param name="limit">The most lines.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<LogPage> ReadAsync(DateTimeOffset from, DateTimeOffset to, string? cursor, int limit, CancellationToken cancellationToken)
    {
        await using var reader = new LogReader(lines, limit);
        return await reader.ReadAsync(from, to, cursor, limit, cancellationToken);
    }

    /// <summary>Makes a reader for a caller that reads many pages in a row.</summary>
    /// <returns>The reader. One caller at a time uses it.</returns>
    public LogReader OpenReader() => new(lines, RowsAhead);

    /// <summary>Reads the events behind lines of the log.</summary>
    /// <param name="entries">The lines.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The events, and the damaged rows.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<FetchedEvents> FetchAsync(IEnumerable<LogEntry> entries, CancellationToken cancellationToken) => FetchAsync(
        // Ids sort by time, so the events of a page lie close together in their partition, and one query finds them all.
        entries.Where(entry => !entry.IsAbortMarker).GroupBy(entry => entry.Partition, (partition, lines) => (partition, lines.Select(line => line.EventId))),
        cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DomainEvent>> FindAsync(string partition, IReadOnlyCollection<string> eventIds, CancellationToken cancellationToken) =>
        (await FetchAsync(Neighbours(eventIds).Select(ids => (partition, ids)), cancellationToken)).Events;

    private static IEnumerable<IEnumerable<string>> Neighbours(IReadOnlyCollection<string> eventIds)
    {
        List<string> neighbours = [];
        foreach (string eventId in eventIds.Order(StringComparer.Ordinal))
        {
            if (neighbours.Count > 0 && TimeOf(eventId) - TimeOf(neighbours[^1]) > MaxGap)
            {
                yield return neighbours;
                neighbours = [];
            }

            neighbours.Add(eventId);
        }

        if (neighbours.Count > 0)
        {
            yield return neighbours;
        }
    }

    private async Task<FetchedEvents> FetchAsync(IEnumerable<(string Partition, IEnumerable<string> EventIds)> ranges, CancellationToken cancellationToken)
    {
        ConcurrentBag<DomainEvent> events = [];
        ConcurrentBag<UnreadableEvent> unreadable = [];
        await Parallel.ForEachAsync(ranges, Limits(cancellationToken), async (range, token) =>
        {
            HashSet<string> keys = [.. range.EventIds.Select(GatewayRow.EventKey)];
            string filter = TableClient.CreateQueryFilter(
                $"PartitionKey eq {range.Partition} and RowKey ge {keys.Min(StringComparer.Ordinal)} and RowKey le {keys.Max(StringComparer.Ordinal)}");
            await foreach (TableEntity row in tables.QueryAsync(StorageTables.Gateway, filter, token))
            {
                switch (keys.Contains(row.RowKey) ? GatewayRow.ReadEvent(row) : default)
                {
                    case ({ } domainEvent, _):
                        events.Add(domainEvent);
                        break;
                    case (_, { } damaged):
                        unreadable.Add(damaged);
                        if (logged.TryAdd(damaged.Key, true))
                        {
                            LogUnreadable(damaged);
                        }

                        break;
                }
            }
        });
        return new FetchedEvents([.. events], [.. unreadable]);
    }

    private static ParallelOptions Limits(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };

    /// <summary>Whether the log can have an event with an id. The gateway's ids carry the event's time, and so the partition of the log.</summary>
    /// <param name="eventId">The id, in any form.</param>
    /// <returns>False for an id of another form, which belongs to another producer.</returns>
    public static bool MayHold(string eventId) =>
        KeyPart.Of(eventId) == eventId && Guid.TryParseExact(eventId, "D", out Guid guid) && guid.Version == 7;

    /// <summary>Finds a committed event by its id.</summary>
    /// <param name="eventId">The id, in any form.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The event; null if it never committed here or is older than the retention.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<DomainEvent?> FindAsync(string eventId, CancellationToken cancellationToken)
    {
        if (!MayHold(eventId))
        {
            return null;
        }

        string hour = Hours.Of(TimeOf(eventId));
        TableEntity? row = await tables.FindAsync(StorageTables.Log, shards.PartitionOf(hour, eventId), eventId, cancellationToken)
            // The log lacks the event until the relay has run.
            ?? await tables.FindAsync(StorageTables.Pending, StorageTables.PendingShardOf(eventId), eventId, cancellationToken)
            ?? Array.Find(
                await Task.WhenAll(shards.OtherPartitionsOf(hour, eventId).Select(partition => tables.FindAsync(StorageTables.Log, partition, eventId, cancellationToken))),
                found => found is not null);
        if (row is null)
        {
            return null;
        }

        FetchedEvents fetched = await FetchAsync([new LogEntry(eventId, "", row.GetString(nameof(LogEntry.Partition)), default)], cancellationToken);
        return fetched.Events.SingleOrDefault();
    }

    // A UUIDv7 begins with its time.
    private static DateTimeOffset TimeOf(string eventId) => EventTime.FromUnixMilliseconds(Convert.ToUInt64(eventId[..8] + eventId[9..13], 16));

    private TableEntity RowOf(LogEntry entry) => new(shards.PartitionOf(Hours.Of(entry.Timestamp), entry.EventId), KeyPart.Of(entry.EventId))
    {
        [nameof(LogEntry.EventId)] = entry.EventId,
        [nameof(LogEntry.Type)] = entry.Type,
        [nameof(LogEntry.Partition)] = entry.Partition,
        // Not "Timestamp", which storage uses itself.
        ["EventTime"] = StorageTables.Storable(entry.Timestamp),
        [nameof(LogEntry.IsAbortMarker)] = entry.IsAbortMarker,
    };

    internal static LogEntry EntryOf(TableEntity[] copies) => new(
        copies[0].GetString(nameof(LogEntry.EventId)),
        copies[0].GetString(nameof(LogEntry.Type)),
        copies[0].GetString(nameof(LogEntry.Partition)),
        StorageTables.Stored(copies[0].GetDateTimeOffset("EventTime")!.Value),
        copies[0].GetBoolean(nameof(LogEntry.IsAbortMarker)) == true)
    {
        Rows = [.. copies.Select(row => new TableRow(row.PartitionKey, row.RowKey))],
        WrittenAt = copies.Max(row => row.Timestamp),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Unreadable} Repair the row. Until then, newer events do not enter the log, and replays make a dead letter.")]
    private partial void LogUnreadable(UnreadableEvent unreadable);
}
