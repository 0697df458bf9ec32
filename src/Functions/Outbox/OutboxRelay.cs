using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Telemetry;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>
/// Works on the outbox entries of transactions: decides transactions with an unknown outcome, writes the log,
/// and publishes events without a published marker. Several relays may run at once.
/// </summary>
/// <param name="tables">The tables.</param>
/// <param name="log">The log of committed events.</param>
/// <param name="journal">Publishes to Redis.</param>
/// <param name="states">Stores how far each pair has come.</param>
/// <param name="losses">Notices that Redis lost state.</param>
/// <param name="options">The consumers and the delays.</param>
/// <param name="metrics">Counts events that were published late, and measures the outbox.</param>
/// <param name="logger">Logs the outcome.</param>
public sealed partial class OutboxRelay(
    StorageTables tables,
    EventLog log,
    RedisJournal journal,
    PairStates states,
    RelayLossDetection losses,
    IOptions<DeliveryOptions> options,
    DeliveryMetrics metrics,
    ILogger<OutboxRelay> logger)
{
    private const int PageSize = 500;
    private const int MaxFetched = 250;
    private const int Parallelism = 4;
    private const int PublishBatch = 50;

    // The outbox entries whose events are in the log already. The relay checks an entry every few seconds until its published markers are old enough.
    private readonly ConcurrentDictionary<string, LoggedEntry> logged = new();
    private long passes;

    /// <summary>Works on all outbox entries once.</summary>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached, or Redis: then everything is in the log all the same.</exception>
    public async Task RelayAsync(CancellationToken cancellationToken)
    {
        Exception? failure = null;
        bool isNothingLost = false;
        int count = 0;
        var parts = new TickParts();
        try
        {
            // Before it deletes any outbox entry: only the entries and this comparison show that Redis has lost events.
            isNothingLost = await losses.CompareAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not DependencyUnavailableException { Dependency: StorageCall.Dependency } && !cancellationToken.IsCancellationRequested)
        {
            failure = exception;
        }

        await foreach ((TableEntity[] entries, DateTimeOffset now) in OutboxEntriesAsync(cancellationToken))
        {
            count += entries.Length;
            TableEntity[] old = [.. entries.Where(entry => entry.Timestamp <= now - options.Value.RelayAfter)];
            await ForEachAsync(
                Batches(old.Where(entry => !logged.ContainsKey(entry.RowKey))), (batch, token) => SettleApartAsync(batch, now, parts, token), cancellationToken);
            if (failure is DependencyUnavailableException)
            {
                continue;
            }

            try
            {
                await PublishAsync([.. old.Where(entry => logged.ContainsKey(entry.RowKey))], now, isNothingLost, cancellationToken);
            }
            catch (Exception exception) when (exception is not DependencyUnavailableException { Dependency: StorageCall.Dependency } && !cancellationToken.IsCancellationRequested)
            {
                // The other events still get into the log.
                failure = exception;
            }
        }

        metrics.Outbox(count);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        parts.ThrowIfOneFailed();
    }

    /// <summary>
    /// Writes all committed events into the log, even the youngest. A replay that then reads the log misses no event that
    /// was published before.
    /// </summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when they are in the log.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task LogCommittedAsync(CancellationToken cancellationToken)
    {
        await foreach ((TableEntity[] entries, _) in OutboxEntriesAsync(cancellationToken))
        {
            await ForEachAsync(
                Batches(entries.Where(entry => !logged.ContainsKey(entry.RowKey))),
                async (batch, token) => await LogAsync(batch, await FetchAsync(batch, token), token),
                cancellationToken);
        }
    }

    // By storage's clock, since ours may be hours off. Ids sort by time, so the events of a batch of entries lie close together in their partitions.
    private async IAsyncEnumerable<(TableEntity[] Entries, DateTimeOffset Now)> OutboxEntriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long pass = Interlocked.Increment(ref passes);
        await foreach (Page<TableEntity>[] pages in PagesAsync(cancellationToken))
        {
            TableEntity[] entries = [.. pages.SelectMany(page => page.Values).OrderBy(entry => entry.RowKey, StringComparer.Ordinal)];
            foreach (TableEntity entry in entries)
            {
                if (logged.TryGetValue(entry.RowKey, out LoggedEntry? before) && before.Pass < pass)
                {
                    logged.TryUpdate(entry.RowKey, before with { Pass = pass }, before);
                }
            }

            yield return (entries, pages.Min(page => page.GetRawResponse().Headers.Date)!.Value);
        }

        // Entries that another instance has finished meanwhile.
        foreach ((string entry, _) in logged.Where(each => each.Value.Pass < pass))
        {
            logged.TryRemove(entry, out _);
        }
    }

    // One response has the entries of all shards, unless there are many. Only then each shard is read on its own, a page of each at a time.
    private async IAsyncEnumerable<Page<TableEntity>[]> PagesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Page<TableEntity> all = await tables.ResponsesAsync(StorageTables.Pending, null, PageSize, cancellationToken).FirstAsync(cancellationToken);
        if (string.IsNullOrEmpty(all.ContinuationToken))
        {
            yield return [all];
            yield break;
        }

        IAsyncEnumerator<Page<TableEntity>>[] shards = [.. Enumerable.Range(0, StorageTables.PendingShards)
            .Select(shard => TableClient.CreateQueryFilter($"PartitionKey eq {shard.ToString("x", CultureInfo.InvariantCulture)}"))
            .Select(filter => tables.ResponsesAsync(StorageTables.Pending, filter, PageSize, cancellationToken).GetAsyncEnumerator(cancellationToken))];
        try
        {
            while (true)
            {
                bool[] isThere = await Task.WhenAll(shards.Select(shard => shard.MoveNextAsync().AsTask()));
                Page<TableEntity>[] pages = [.. shards.Where((_, index) => isThere[index]).Select(shard => shard.Current)];
                if (pages.Length == 0)
                {
                    yield break;
                }

                yield return pages;
            }
        }
        finally
        {
            foreach (IAsyncEnumerator<Page<TableEntity>> shard in shards)
            {
                await shard.DisposeAsync();
            }
        }
    }

    // Limited by events, not by outbox entries, since the events are held in memory.
    private static IEnumerable<TableEntity[]> Batches(IEnumerable<TableEntity> entries)
    {
        List<TableEntity> batch = [];
        int events = 0;
        foreach (TableEntity entry in entries)
        {
            batch.Add(entry);
            events += IdsOf(entry).Length;
            if (events >= MaxFetched)
            {
                yield return [.. batch];
                batch.Clear();
                events = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }

    private static Task ForEachAsync<T>(IEnumerable<T> parts, Func<T, CancellationToken, Task> body, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        parts, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken }, async (part, token) => await body(part, token));

    // An entry whose event cannot be logged must not block the others.
    private async Task SettleApartAsync(TableEntity[] entries, DateTimeOffset now, TickParts parts, CancellationToken cancellationToken)
    {
        try
        {
            await SettleAsync(entries, now, cancellationToken);
        }
        catch (Exception exception) when (exception is not DependencyUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            foreach (TableEntity entry in entries)
            {
                await parts.RunAsync(() => SettleAsync([entry], now, cancellationToken), cancellationToken);
            }
        }
    }

    // Finds out for each entry whether its transaction committed, or makes sure that it never does. Then writes the log.
    private async Task SettleAsync(TableEntity[] entries, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ILookup<string, DomainEvent> events = await FetchAsync(entries, cancellationToken);
        await LogAsync(entries, events, cancellationToken);
        ConcurrentBag<TableEntity> aborted = [];
        ConcurrentBag<TableEntity> late = [];
        await ForEachAsync(
            entries.Where(entry => !HasAllEvents(entry, events)),
            async (entry, token) => (await IsAbortedAsync(entry, token) ? aborted : late).Add(entry),
            cancellationToken);
        await LogAsync([.. late], await FetchAsync([.. late], cancellationToken), cancellationToken);
        // Lets retention find the abort markers later.
        await log.AppendAsync(aborted.Select(entry => new LogEntry(IdsOf(entry)[0], "", PartitionOf(entry), now, IsAbortMarker: true)), cancellationToken);
        await DeleteAsync([.. aborted], cancellationToken);
    }

    // Only entries whose events all exist: a transaction that commits during the read may appear in part, and is complete the next time.
    private async Task LogAsync(TableEntity[] entries, ILookup<string, DomainEvent> events, CancellationToken cancellationToken)
    {
        TableEntity[] committed = [.. entries.Where(entry => HasAllEvents(entry, events))];
        await log.AppendAsync(
            committed.SelectMany(entry => events[entry.RowKey].Select(each => new LogEntry(each.Id, each.Type, PartitionOf(entry), each.Timestamp))),
            cancellationToken);
        foreach (TableEntity entry in committed)
        {
            Dictionary<string, string> markers = events[entry.RowKey].ToDictionary(each => each.Id, each => RedisJournal.MarkOf(EventParser.Write(each)));
            logged[entry.RowKey] = new LoggedEntry(Volatile.Read(ref passes), [.. IdsOf(entry).Select(id => markers[id])]);
        }
    }

    private static bool HasAllEvents(TableEntity entry, ILookup<string, DomainEvent> events) => events[entry.RowKey].Count() == IdsOf(entry).Length;

    private async Task PublishAsync(TableEntity[] entries, DateTimeOffset now, bool mayDelete, CancellationToken cancellationToken)
    {
        List<TableEntity> done = [];
        List<TableEntity> missing = [];
        foreach (TableEntity[] chunk in entries.Chunk(PageSize))
        {
            (string Id, string Marker)[][] events = [.. chunk.Select(entry => IdsOf(entry).Zip(MarkersOf(entry)).ToArray())];
            TimeSpan?[] ages = await journal.MarkAgesAsync([.. events.SelectMany(each => each)], cancellationToken);
            int first = 0;
            for (int index = 0; index < chunk.Length; index++)
            {
                TimeSpan?[] own = ages[first..(first + events[index].Length)];
                first += events[index].Length;
                if (Array.Exists(own, age => age is null))
                {
                    missing.Add(chunk[index]);
                }
                else if (mayDelete && Array.TrueForAll(own, age => age >= options.Value.KeepOutboxEntriesFor))
                {
                    done.Add(chunk[index]);
                }
            }
        }

        RedisServerException? failure = null;
        foreach (TableEntity[] batch in Batches(missing))
        {
            IEnumerable<DomainEvent> events = (await FetchAsync(batch, cancellationToken)).SelectMany(each => each).OrderBy(each => each.Timestamp);
            foreach (DomainEvent[] part in events.Chunk(PublishBatch))
            {
                try
                {
                    await PublishAsync(part, now, cancellationToken);
                }
                catch (RedisServerException exception)
                {
                    // Redis is available but refused these events. Continue with the others.
                    failure = exception;
                }
            }
        }

        await DeleteAsync(done, cancellationToken);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private async Task PublishAsync(DomainEvent[] events, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Dictionary<string, DateTimeOffset> late = events
            .Where(each => LateEvents.IsLate(each.Timestamp, now))
            .GroupBy(each => each.Type)
            .ToDictionary(type => type.Key, type => type.Min(each => each.Timestamp));
        if (late.Count > 0)
        {
            // Lower them before publishing, so that replays reach back to the events if Redis loses them.
            DateTimeOffset redisNow = await journal.TimeAsync(cancellationToken);
            await Task.WhenAll(options.Value.ConsumerNames.Select(consumer => states.LowerAsync(
                consumer, late.Where(each => Subscriptions.Takes(consumer, each.Key)).ToDictionary(), redisNow, cancellationToken)));
        }

        int published = await journal.PublishAsync(events, cancellationToken);
        if (published > 0)
        {
            metrics.Relayed(published);
            LogRelayed(published, events[0].Id);
        }
    }

    // The existing events by the row key of their outbox entry.
    private async Task<ILookup<string, DomainEvent>> FetchAsync(TableEntity[] entries, CancellationToken cancellationToken)
    {
        Dictionary<string, string> entryOf = [];
        foreach (TableEntity entry in entries)
        {
            foreach (string eventId in IdsOf(entry))
            {
                entryOf[eventId] = entry.RowKey;
            }
        }

        FetchedEvents fetched = await log.FetchAsync(
            entries.SelectMany(entry => IdsOf(entry).Select(eventId => new LogEntry(eventId, "", PartitionOf(entry), default))), cancellationToken);
        return fetched.Events.Where(each => entryOf.ContainsKey(each.Id)).ToLookup(each => entryOf[each.Id]);
    }

    private async Task<bool> IsAbortedAsync(TableEntity entry, CancellationToken cancellationToken)
    {
        string eventId = IdsOf(entry)[0];
        bool isAborted = await AbortMarker.IsAbortedAsync(tables, PartitionOf(entry), eventId, cancellationToken);
        if (isAborted)
        {
            LogAborted(eventId);
        }

        return isAborted;
    }

    private async Task DeleteAsync(List<TableEntity> entries, CancellationToken cancellationToken)
    {
        await tables.DeleteAsync(StorageTables.Pending, entries.Select(entry => new TableRow(entry.PartitionKey, entry.RowKey)), cancellationToken);
        foreach (TableEntity entry in entries)
        {
            logged.TryRemove(entry.RowKey, out _);
        }
    }

    // Another relay may have finished the entry meanwhile.
    private string[] MarkersOf(TableEntity entry) => logged.TryGetValue(entry.RowKey, out LoggedEntry? own) ? own.Markers : [.. IdsOf(entry).Select(_ => "")];

    private static string PartitionOf(TableEntity entry) => entry.GetString("Partition");

    private static string[] IdsOf(TableEntity entry) => entry.GetString("EventIds").Split(',');

    [LoggerMessage(Level = LogLevel.Warning, Message = "Relayed {Count} committed events that were not published yet, from {EventId} on.")]
    private partial void LogRelayed(int count, string eventId);

    [LoggerMessage(Level = LogLevel.Information, Message = "The transaction of event {EventId} did not commit. The relay has made sure that it never will.")]
    private partial void LogAborted(string eventId);

    // The last pass that saw the entry, and the published marker that each of its events must have.
    private sealed record LoggedEntry(long Pass, string[] Markers);
}
