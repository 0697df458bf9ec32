using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>
/// Goes through the pointers that every transaction leaves: settles what is not known to have committed, writes the log,
/// and publishes what no publish mark stands for. Several at once are safe.
/// </summary>
/// <param name="tables">The tables.</param>
/// <param name="log">The log of committed events.</param>
/// <param name="journal">Publishes to Redis.</param>
/// <param name="states">What each consumer has reached.</param>
/// <param name="options">Which consumers there are, and how patient it is.</param>
/// <param name="time">The clock, where storage does not tell its own.</param>
/// <param name="metrics">Counts what was published late.</param>
/// <param name="logger">Tells of it.</param>
public sealed partial class EventRelay(
    StorageTables tables,
    EventLog log,
    RedisJournal journal,
    ConsumerStates states,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    DeliveryMetrics metrics,
    ILogger<EventRelay> logger)
{
    /// <summary>An event that is published later than this after its time lowers the consumers' low-water marks first.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromMinutes(30);

    private const int Shards = 16;
    private const int PageSize = 500;
    private const int FetchBatch = 250;
    private const int PublishBatch = 50;

    // The pointers whose events are in the log already; one is looked at every few seconds until its mark is old enough.
    private readonly ConcurrentDictionary<string, bool> logged = new();

    /// <summary>Goes through all pointers once.</summary>
    /// <param name="cancellationToken">Ends it; what is left is found the next time.</param>
    /// <returns>When it is done.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached, or Redis: then everything is in the log all the same.</exception>
    public async Task RelayAsync(CancellationToken cancellationToken)
    {
        Exception? redisIsDown = null;
        HashSet<string> seen = [];
        await foreach ((TableEntity[] pointers, DateTimeOffset now) in PointersAsync(cancellationToken))
        {
            TableEntity[] old = [.. pointers.Where(pointer => pointer.Timestamp <= now - options.Value.RelayAfter)];
            foreach (TableEntity[] batch in Unlogged(old))
            {
                await SettleAsync(batch, now, cancellationToken);
            }

            seen.UnionWith(pointers.Select(pointer => pointer.RowKey));
            if (redisIsDown is not null)
            {
                continue;
            }

            try
            {
                await PublishAsync([.. old.Where(pointer => logged.ContainsKey(pointer.RowKey))], now, cancellationToken);
            }
            catch (Exception exception) when (exception is DependencyUnavailableException { Dependency: RedisConnection.Dependency } or RedisException)
            {
                // The other events still get into the log.
                redisIsDown = exception;
            }
        }

        // What another instance has finished meanwhile.
        foreach (string pointer in logged.Keys.Where(pointer => !seen.Contains(pointer)))
        {
            logged.TryRemove(pointer, out _);
        }

        if (redisIsDown is not null)
        {
            ExceptionDispatchInfo.Throw(redisIsDown);
        }
    }

    /// <summary>
    /// Writes into the log whatever has committed, however young: a replay that then goes through the log misses nothing that
    /// was published before.
    /// </summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is in the log.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task LogCommittedAsync(CancellationToken cancellationToken)
    {
        await foreach ((TableEntity[] pointers, _) in PointersAsync(cancellationToken))
        {
            foreach (TableEntity[] batch in Unlogged(pointers))
            {
                await LogAsync(batch, await FetchAsync(batch, cancellationToken), cancellationToken);
            }
        }
    }

    // A page of each shard at a time, and storage's clock: ours may be hours off. Ids sort by time, so the events of a batch of
    // pointers lie close together in their partitions.
    private async IAsyncEnumerable<(TableEntity[] Pointers, DateTimeOffset Now)> PointersAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TableClient pending = await tables.GetAsync(StorageTables.Pending, cancellationToken);
        IAsyncEnumerator<Page<TableEntity>>[] shards = [.. Enumerable.Range(0, Shards)
            .Select(shard => TableClient.CreateQueryFilter($"PartitionKey eq {shard.ToString("x", CultureInfo.InvariantCulture)}"))
            .Select(filter => pending.QueryAsync<TableEntity>(filter, PageSize, cancellationToken: cancellationToken).AsPages().GetAsyncEnumerator(cancellationToken))];
        try
        {
            while (true)
            {
                bool[] isThere = await Task.WhenAll(shards.Select(shard => StorageCall.RunAsync(() => shard.MoveNextAsync().AsTask(), cancellationToken)));
                Page<TableEntity>[] pages = [.. shards.Where((_, index) => isThere[index]).Select(shard => shard.Current)];
                if (pages.Length == 0)
                {
                    break;
                }

                yield return (
                    [.. pages.SelectMany(page => page.Values).OrderBy(pointer => pointer.RowKey, StringComparer.Ordinal)],
                    pages.Min(page => page.GetRawResponse().Headers.Date) ?? time.GetUtcNow());
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

    private IEnumerable<TableEntity[]> Unlogged(IEnumerable<TableEntity> pointers) =>
        pointers.Where(pointer => !logged.ContainsKey(pointer.RowKey)).Chunk(FetchBatch);

    // Finds out of each pointer whether its transaction committed, or makes sure that it never does; then writes the log.
    private async Task SettleAsync(TableEntity[] pointers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ILookup<string, DomainEvent> events = await FetchAsync(pointers, cancellationToken);
        await LogAsync(pointers, events, cancellationToken);
        ConcurrentBag<TableEntity> fenced = [];
        ConcurrentBag<TableEntity> late = [];
        await Parallel.ForEachAsync(
            pointers.Where(pointer => !events.Contains(pointer.RowKey)),
            new ParallelOptions { MaxDegreeOfParallelism = Shards, CancellationToken = cancellationToken },
            async (pointer, token) => (await IsFencedAsync(pointer, token) ? fenced : late).Add(pointer));
        await LogAsync([.. late], await FetchAsync([.. late], cancellationToken), cancellationToken);
        // So that retention finds the fences one day.
        await log.AppendAsync(fenced.Select(pointer => new LogEntry(IdsOf(pointer)[0], "", PartitionOf(pointer), now, IsFence: true)), cancellationToken);
        await DeleteAsync([.. fenced], cancellationToken);
    }

    // Of those pointers whose events there are.
    private async Task LogAsync(TableEntity[] pointers, ILookup<string, DomainEvent> events, CancellationToken cancellationToken)
    {
        TableEntity[] committed = [.. pointers.Where(pointer => events.Contains(pointer.RowKey))];
        await log.AppendAsync(
            committed.SelectMany(pointer => events[pointer.RowKey].Select(each => new LogEntry(each.Id, each.Type, PartitionOf(pointer), each.Timestamp))),
            cancellationToken);
        foreach (TableEntity pointer in committed)
        {
            logged[pointer.RowKey] = true;
        }
    }

    private async Task PublishAsync(TableEntity[] pointers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<TableEntity> done = [];
        List<TableEntity> missing = [];
        foreach (TableEntity[] chunk in pointers.Chunk(PageSize))
        {
            string[][] ids = [.. chunk.Select(IdsOf)];
            TimeSpan?[] ages = await journal.MarkAgesAsync([.. ids.SelectMany(each => each)], cancellationToken);
            int first = 0;
            for (int index = 0; index < chunk.Length; index++)
            {
                TimeSpan?[] own = ages[first..(first + ids[index].Length)];
                first += ids[index].Length;
                if (Array.Exists(own, age => age is null))
                {
                    missing.Add(chunk[index]);
                }
                else if (Array.TrueForAll(own, age => age >= options.Value.KeepPointersFor))
                {
                    done.Add(chunk[index]);
                }
            }
        }

        foreach (TableEntity[] batch in missing.Chunk(FetchBatch))
        {
            DomainEvent[] events = [.. (await FetchAsync(batch, cancellationToken)).SelectMany(each => each).OrderBy(each => each.Timestamp)];
            if (events.Length > 0 && now - events[0].Timestamp > Late)
            {
                // Before it is published: should Redis lose it afterwards, the consumers' replays reach back to it.
                await Task.WhenAll(options.Value.ConsumerNames.Select(consumer => states.LowerAsync(consumer, events[0].Timestamp, cancellationToken)));
            }

            foreach (DomainEvent[] part in events.Chunk(PublishBatch))
            {
                int published = await journal.PublishAsync(part, cancellationToken);
                if (published > 0)
                {
                    metrics.Relayed(published);
                    LogRelayed(published, part[0].Id);
                }
            }
        }

        await DeleteAsync(done, cancellationToken);
    }

    // The events that there are, by the row key of their pointer.
    private async Task<ILookup<string, DomainEvent>> FetchAsync(TableEntity[] pointers, CancellationToken cancellationToken)
    {
        Dictionary<string, string> pointerOf = pointers
            .SelectMany(pointer => IdsOf(pointer).Select(eventId => (eventId, pointer.RowKey)))
            .ToDictionary(each => each.eventId, each => each.RowKey);
        IReadOnlyList<DomainEvent> events = await log.FetchAsync(
            pointers.SelectMany(pointer => IdsOf(pointer).Select(eventId => new LogEntry(eventId, "", PartitionOf(pointer), default))), cancellationToken);
        return events.ToLookup(each => pointerOf[each.Id]);
    }

    // A fence in the place of the first event: false where the transaction has committed just now.
    private async Task<bool> IsFencedAsync(TableEntity pointer, CancellationToken cancellationToken)
    {
        TableClient gateway = await tables.GetAsync(StorageTables.Gateway, cancellationToken);
        TableEntity fence = GatewayRow.FenceOf(PartitionOf(pointer), IdsOf(pointer)[0]);
        try
        {
            await StorageCall.RunAsync(() => gateway.AddEntityAsync(fence, cancellationToken), cancellationToken);
            LogFenced(fence.RowKey);
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status == 409)
        {
            // It has just committed, or there was a fence before.
            return (await FetchAsync([pointer], cancellationToken)).Count == 0;
        }
    }

    private async Task DeleteAsync(List<TableEntity> pointers, CancellationToken cancellationToken)
    {
        TableClient pending = await tables.GetAsync(StorageTables.Pending, cancellationToken);
        // A transaction has one partition: that of a shard.
        foreach (TableEntity[] batch in pointers.GroupBy(pointer => pointer.PartitionKey).SelectMany(shard => shard.Chunk(Transaction.MaxOperations)))
        {
            try
            {
                await StorageCall.RunAsync(
                    () => pending.SubmitTransactionAsync(
                        batch.Select(pointer => new TableTransactionAction(TableTransactionActionType.Delete, pointer, ETag.All)), cancellationToken),
                    cancellationToken);
            }
            catch (RequestFailedException exception) when (exception.Status == 404)
            {
                // Another relay has deleted one of them; what is left is found the next time.
            }

            foreach (TableEntity pointer in batch)
            {
                logged.TryRemove(pointer.RowKey, out _);
            }
        }
    }

    private static string PartitionOf(TableEntity pointer) => pointer.GetString("Partition");

    private static string[] IdsOf(TableEntity pointer) => pointer.GetString("EventIds").Split(',');

    [LoggerMessage(Level = LogLevel.Warning, Message = "Relayed {Count} committed events, from {EventId} on, that had not been published.")]
    private partial void LogRelayed(int count, string eventId);

    [LoggerMessage(Level = LogLevel.Information, Message = "The transaction of {Event} never committed, and now never will.")]
    private partial void LogFenced(string @event);
}
