using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Hosting;
using McpFunctions.Functions.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Operations;

/// <summary>
/// Reads the journals and the effects for operators who watch. While somebody does, one reader of the instance asks Redis for what is new, and hands it to
/// all who have read everything before. Who is behind reads for itself, from its own position: nothing is kept for slow clients.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs failures.</param>
public sealed class EventFeed(RedisConnection redis, TimeProvider time, ILogger<EventFeed> logger) : RestartingService(time, logger)
{
    // One page has at most this many entries of each stream.
    private const int PageSize = 64;

    // How many entries a search reads at a time.
    private const int SearchSize = 256;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ResetCheckInterval = TimeSpan.FromSeconds(1);

    // A stream that begins anew, after a failover to a node whose clock is behind, may have got entries since the last check.
    private static readonly ulong ResetOverlap = 2 * (ulong)ResetCheckInterval.TotalMilliseconds;

    private readonly RedisKey[] keys = [.. EventTypes.All.Select(EventKeys.JournalOf), EventKeys.Effects];
    private readonly Lock gate = new();
    private readonly SemaphoreSlim firstWatcher = new(0, 1);
    private int watchers;
    private EntryId[]? position;
    private TaskCompletionSource<FeedPage> next = NewSource();

    /// <summary>The index of the stream of effects; those of the journals are the indexes of <see cref="EventTypes.All"/>.</summary>
    internal static int Effects => EventTypes.All.Count;

    /// <summary>Begins to watch.</summary>
    /// <param name="from">The position to begin after.</param>
    /// <returns>The watch; dispose of it when done.</returns>
    internal Watch Register(EntryId[] from)
    {
        lock (gate)
        {
            if (++watchers == 1 && firstWatcher.CurrentCount == 0)
            {
                firstWatcher.Release();
            }
        }

        return new Watch(this, from);
    }

    /// <summary>The position after which all streams begin at an id.</summary>
    internal EntryId[] Before(EntryId id) => [.. keys.Select(_ => id.Previous)];

    /// <summary>Finds where the newest events begin.</summary>
    /// <param name="type">The type of the events; null for all.</param>
    /// <param name="limit">The number of events.</param>
    /// <param name="isWanted">Whether an entry of a journal counts.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The position before them; the end of the streams if there are none.</returns>
    internal async Task<EntryId[]> FindNewestAsync(string? type, int limit, Func<StreamEntry, bool> isWanted, CancellationToken cancellationToken)
    {
        IEnumerable<EntryId>[] found = await Task.WhenAll(
            EventTypes.All.Where(each => type is null || each == type).Select(each => FindNewestOfAsync(EventKeys.JournalOf(each), limit, isWanted, cancellationToken)));
        EntryId[] newest = [.. found.SelectMany(ids => ids).OrderDescending().Take(limit)];
        return newest.Length > 0 ? Before(newest[^1]) : [.. (await LastAsync(cancellationToken)).Select(id => id ?? default)];
    }

    /// <summary>Reads what is there after a position.</summary>
    internal async Task<FeedPage> ReadAsync(EntryId[] after, CancellationToken cancellationToken)
    {
        StreamPosition[] positions = [.. keys.Select((key, index) => new StreamPosition(key, after[index].ToString()))];
        RedisStream[] found = await redis.RunAsync("XREAD", database => database.StreamReadAsync(positions, PageSize), cancellationToken);
        FeedEntry[][] streams = [.. found.Select(stream => Entries(Array.IndexOf(keys, stream.Key), stream.Entries))];
        // Entries after the end of a stream that has more must wait for it.
        EntryId bound = streams.Where(stream => stream.Length == PageSize).Select(stream => (EntryId?)stream[^1].Id).Min() ?? new EntryId(ulong.MaxValue, ulong.MaxValue);
        FeedEntry[] entries = [.. streams.SelectMany(stream => stream).Where(entry => entry.Id.CompareTo(bound) <= 0).OrderBy(entry => entry.Id).ThenBy(entry => entry.Stream)];
        EntryId[] end = [.. after];
        foreach (FeedEntry entry in entries)
        {
            end[entry.Stream] = entry.Id;
        }

        return new FeedPage(after, entries, end);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        firstWatcher.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await firstWatcher.WaitAsync(stoppingToken);
            using var timer = new PeriodicTimer(Interval, Time);
            long checkedAt = Time.GetTimestamp();
            while (IsWatched() && await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    bool mustCheck = Time.GetElapsedTime(checkedAt) >= ResetCheckInterval;
                    checkedAt = mustCheck ? Time.GetTimestamp() : checkedAt;
                    await PollAsync(mustCheck, stoppingToken);
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    // The streams end, and their clients come again.
                    Publish(null, source => source.TrySetException(exception));
                }
            }
        }
    }

    private static TaskCompletionSource<FeedPage> NewSource()
    {
        var source = new TaskCompletionSource<FeedPage>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Perhaps nobody waits when it fails.
        _ = source.Task.ContinueWith(task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return source;
    }

    private static FeedEntry[] Entries(int stream, StreamEntry[] entries) => [.. entries.Select(entry => new FeedEntry(EntryId.Parse(entry.Id), stream, entry))];

    private bool IsWatched()
    {
        lock (gate)
        {
            if (watchers == 0)
            {
                position = null;
            }

            return watchers > 0;
        }
    }

    private async Task PollAsync(bool mustCheck, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref position) is not { } from)
        {
            // Nobody has read everything yet.
            return;
        }

        FeedPage page = await ReadAsync(from, cancellationToken);
        if (page.Entries.Count == 0 && mustCheck && await ResetAsync(from, cancellationToken) is { } reset)
        {
            page = new FeedPage(from, [], reset, IsReset: true);
        }

        if (page.Entries.Count > 0 || page.IsReset)
        {
            Publish(page.After, source => source.TrySetResult(page));
        }
    }

    private void Publish(EntryId[]? after, Action<TaskCompletionSource<FeedPage>> complete)
    {
        TaskCompletionSource<FeedPage> completed;
        lock (gate)
        {
            position = after;
            completed = next;
            next = NewSource();
        }

        complete(completed);
    }

    // Ids grow with the clock of Redis, also after it was wiped. Where they are smaller, another clock makes them now. Null if they are not.
    private async Task<EntryId[]?> ResetAsync(EntryId[] from, CancellationToken cancellationToken)
    {
        EntryId?[] last = await LastAsync(cancellationToken);
        bool[] isBehind = [.. last.Zip(from, (now, before) => now?.CompareTo(before) < 0)];
        return isBehind.Contains(true)
            ? [.. from.Select((before, index) => isBehind[index] ? new EntryId(last[index]!.Value.Milliseconds - Math.Min(last[index]!.Value.Milliseconds, ResetOverlap), 0) : before)]
            : null;
    }

    // The newest id of each stream; null where a stream is not there.
    private async Task<EntryId?[]> LastAsync(CancellationToken cancellationToken)
    {
        StreamEntry[][] last = await redis.RunEachAsync(
            "XREVRANGE", keys, (batch, key) => batch.StreamRangeAsync(key, count: 1, messageOrder: Order.Descending), cancellationToken);
        return [.. last.Select(entries => entries.Length > 0 ? EntryId.Parse(entries[0].Id) : (EntryId?)null)];
    }

    private async Task<IEnumerable<EntryId>> FindNewestOfAsync(RedisKey key, int limit, Func<StreamEntry, bool> isWanted, CancellationToken cancellationToken)
    {
        List<EntryId> found = [];
        RedisValue max = "+";
        StreamEntry[] page;
        int size = Math.Min(limit, SearchSize);
        do
        {
            page = await redis.RunAsync("XREVRANGE", database => database.StreamRangeAsync(key, "-", max, size, Order.Descending), cancellationToken);
            found.AddRange(page.Where(isWanted).Select(entry => EntryId.Parse(entry.Id)));
            max = page.Length > 0 ? $"({page[^1].Id}" : max;
        }
        while (page.Length == size && found.Count < limit);
        return found.Take(limit);
    }

    private void Remove()
    {
        lock (gate)
        {
            watchers--;
        }
    }

    /// <summary>One who watches, and its position.</summary>
    internal sealed class Watch(EventFeed feed, EntryId[] from) : IDisposable
    {
        private EntryId[] at = from;

        /// <summary>Reads what is new, or waits for it.</summary>
        /// <param name="timeout">The longest wait.</param>
        /// <param name="cancellationToken">Cancels the wait.</param>
        /// <returns>The entries; none after the longest wait.</returns>
        /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
        public async Task<IReadOnlyList<FeedEntry>> NextAsync(TimeSpan timeout, CancellationToken cancellationToken)
        {
            long started = feed.Time.GetTimestamp();
            while (true)
            {
                Task<FeedPage> coming;
                bool hasAll;
                lock (feed.gate)
                {
                    (coming, hasAll) = (feed.next.Task, feed.position is { } all && all.SequenceEqual(at));
                }

                if (!hasAll)
                {
                    FeedPage own = await feed.ReadAsync(at, cancellationToken);
                    if (own.Entries.Count > 0)
                    {
                        at = own.After;
                        return own.Entries;
                    }

                    lock (feed.gate)
                    {
                        // The reader goes on from the first who has read everything.
                        feed.position ??= at;
                    }
                }

                FeedPage page;
                try
                {
                    TimeSpan left = timeout - feed.Time.GetElapsedTime(started);
                    page = await coming.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, feed.Time, cancellationToken);
                }
                catch (TimeoutException)
                {
                    return [];
                }

                if (page.IsReset)
                {
                    at = [.. at.Zip(page.After, (own, reset) => own.CompareTo(reset) < 0 ? own : reset)];
                }
                else if (page.Before.SequenceEqual(at))
                {
                    at = page.After;
                    return page.Entries;
                }
            }
        }

        /// <inheritdoc/>
        public void Dispose() => feed.Remove();
    }
}
