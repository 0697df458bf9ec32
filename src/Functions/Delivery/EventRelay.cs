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

    private const int PageSize = 500;
    private const int PublishBatch = 50;

    // What is in the log already; a pointer is looked at every few seconds until its mark is old enough.
    private readonly ConcurrentDictionary<string, string[]> logged = new();

    /// <summary>Goes through all pointers once.</summary>
    /// <param name="cancellationToken">Ends it; what is left is found the next time.</param>
    /// <returns>When it is done.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task RelayAsync(CancellationToken cancellationToken)
    {
        Exception? redisIsDown = null;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 16).Select(shard => shard.ToString("x", CultureInfo.InvariantCulture)),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken },
            async (shard, token) =>
            {
                try
                {
                    await RelayShardAsync(shard, token);
                }
                catch (Exception exception) when (exception is DependencyUnavailableException { Dependency: RedisConnection.Dependency } or RedisException)
                {
                    // The other shards' events still get into the log.
                    redisIsDown = exception;
                }
            });
        if (redisIsDown is not null)
        {
            ExceptionDispatchInfo.Throw(redisIsDown);
        }
    }

    /// <summary>
    /// The events of the transactions that the relay looks after, where they have committed: what is not in the log yet is
    /// among them.
    /// </summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The events, a page of pointers at a time.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async IAsyncEnumerable<IReadOnlyList<DomainEvent>> PendingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TableClient pending = await tables.GetAsync(StorageTables.Pending, cancellationToken);
        await using IAsyncEnumerator<Page<TableEntity>> pages = pending
            .QueryAsync<TableEntity>(maxPerPage: PageSize, cancellationToken: cancellationToken)
            .AsPages()
            .GetAsyncEnumerator(cancellationToken);
        while (await StorageCall.RunAsync(() => pages.MoveNextAsync().AsTask(), cancellationToken))
        {
            yield return await log.FetchAsync(
                pages.Current.Values.SelectMany(pointer => IdsOf(pointer).Select(eventId => new LogEntry(eventId, "", PartitionOf(pointer), default))),
                cancellationToken);
        }
    }

    private async Task RelayShardAsync(string shard, CancellationToken cancellationToken)
    {
        TableClient pending = await tables.GetAsync(StorageTables.Pending, cancellationToken);
        string filter = TableClient.CreateQueryFilter($"PartitionKey eq {shard}");
        await using IAsyncEnumerator<Page<TableEntity>> pages = pending
            .QueryAsync<TableEntity>(filter, PageSize, cancellationToken: cancellationToken)
            .AsPages()
            .GetAsyncEnumerator(cancellationToken);
        while (await StorageCall.RunAsync(() => pages.MoveNextAsync().AsTask(), cancellationToken))
        {
            // Storage's clock on both sides: ours may be hours off.
            DateTimeOffset now = pages.Current.GetRawResponse().Headers.Date ?? time.GetUtcNow();
            TableEntity[] old = [.. pages.Current.Values.Where(pointer => pointer.Timestamp <= now - options.Value.RelayAfter)];
            await SettleAsync([.. old.Where(pointer => !logged.ContainsKey(pointer.RowKey))], now, cancellationToken);
            await PublishAsync([.. old.Where(pointer => logged.ContainsKey(pointer.RowKey))], now, cancellationToken);
        }
    }

    // Finds out of each pointer whether its transaction committed, or makes sure that it never does; then writes the log.
    private async Task SettleAsync(TableEntity[] pointers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<LogEntry> entries = [];
        List<TableEntity> committed = [];
        List<TableEntity> fenced = [];
        await Parallel.ForEachAsync(pointers, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken }, async (pointer, token) =>
        {
            IReadOnlyList<DomainEvent> events = await EventsAsync(pointer, token);
            lock (entries)
            {
                (events.Count > 0 ? committed : fenced).Add(pointer);
                entries.AddRange(events.Count > 0
                    ? events.Select(domainEvent => new LogEntry(domainEvent.Id, domainEvent.Type, PartitionOf(pointer), domainEvent.Timestamp))
                    // So that retention finds the fence one day.
                    : [new LogEntry(IdsOf(pointer)[0], "", PartitionOf(pointer), now, IsFence: true)]);
            }
        });
        await log.AppendAsync(entries, cancellationToken);
        await DeleteAsync(fenced, cancellationToken);
        foreach (TableEntity pointer in committed)
        {
            logged[pointer.RowKey] = IdsOf(pointer);
        }
    }

    private async Task PublishAsync(TableEntity[] pointers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<TableEntity> done = [];
        List<TableEntity> missing = [];
        foreach (TableEntity[] chunk in pointers.Chunk(PageSize))
        {
            string[][] ids = [.. chunk.Select(pointer => logged[pointer.RowKey])];
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

        foreach (TableEntity pointer in missing)
        {
            IReadOnlyList<DomainEvent> events = await EventsAsync(pointer, cancellationToken);
            if (events.Count > 0 && events.Min(domainEvent => domainEvent.Timestamp) is var earliest && now - earliest > Late)
            {
                // Before it is published: should Redis lose it afterwards, the consumers' replays reach back to it.
                await Task.WhenAll(options.Value.ConsumerNames.Select(consumer => states.LowerAsync(consumer, earliest, cancellationToken)));
            }

            foreach (DomainEvent[] batch in events.Chunk(PublishBatch))
            {
                int published = await journal.PublishAsync(batch, cancellationToken);
                if (published > 0)
                {
                    metrics.Relayed(published);
                    LogRelayed(published, batch[0].Id);
                }
            }
        }

        await DeleteAsync(done, cancellationToken);
    }

    // The events of a pointer; none where a fence stands in their place, which this call may have put there.
    private async Task<IReadOnlyList<DomainEvent>> EventsAsync(TableEntity pointer, CancellationToken cancellationToken)
    {
        IReadOnlyList<DomainEvent> events = await FetchAsync();
        if (events.Count > 0)
        {
            return events;
        }

        TableClient gateway = await tables.GetAsync(StorageTables.Gateway, cancellationToken);
        try
        {
            TableEntity fence = GatewayRow.FenceOf(PartitionOf(pointer), IdsOf(pointer)[0]);
            await StorageCall.RunAsync(() => gateway.AddEntityAsync(fence, cancellationToken), cancellationToken);
            LogFenced(fence.RowKey);
            return [];
        }
        catch (RequestFailedException exception) when (exception.Status == 409)
        {
            // It has just committed, or there was a fence before.
            return await FetchAsync();
        }

        Task<IReadOnlyList<DomainEvent>> FetchAsync() => log.FetchAsync(
            IdsOf(pointer).Select(eventId => new LogEntry(eventId, "", PartitionOf(pointer), default)), cancellationToken);
    }

    private async Task DeleteAsync(List<TableEntity> pointers, CancellationToken cancellationToken)
    {
        TableClient pending = await tables.GetAsync(StorageTables.Pending, cancellationToken);
        foreach (TableEntity[] batch in pointers.Chunk(Transaction.MaxOperations))
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
