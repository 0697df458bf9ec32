using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>Notices that Redis lost state of a consumer's pairs, and stores replay jobs for the lost events.</summary>
/// <param name="consumer">The consumer.</param>
/// <param name="redis">The connection.</param>
/// <param name="journal">Reads the state of the journals.</param>
/// <param name="states">Stores how far each pair has come.</param>
/// <param name="jobs">Stores the replay jobs.</param>
/// <param name="time">The clock.</param>
/// <param name="metrics">Counts losses and measures the lag.</param>
/// <param name="logger">Logs losses.</param>
public sealed partial class LossDetection(
    IEventConsumer consumer,
    RedisConnection redis,
    RedisJournal journal,
    PairStates states,
    ReplayJobs jobs,
    TimeProvider time,
    DeliveryMetrics metrics,
    ILogger<LossDetection> logger)
{
    // With default settings, the relay publishes within half of this time.
    private static readonly TimeSpan NewestPeriod = TimeSpan.FromMinutes(1);

    private static readonly RedisScript EpochScript = RedisScript.Embedded("Outbox.epoch.lua");

    // The types whose journal cannot be read. Once is enough, since a tick comes every few seconds.
    private readonly HashSet<string> reported = [];

    private readonly RedisKey epochs = EventKeys.EpochsOf(consumer.Name);

    /// <summary>
    /// Compares the state in Redis with that in storage, stores replay jobs for the difference, creates missing groups and raises the epochs and low
    /// watermarks. In this order: a job must exist before a group or an epoch hides the loss.
    /// </summary>
    /// <param name="types">The event types that this app handles.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The state of the journals before. Types that another instance compares, or whose journal cannot be read, have none.</returns>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached.</exception>
    public async Task<JournalStatus> CompareAsync(IReadOnlyList<string> types, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        (IReadOnlyDictionary<string, PairState> pairs, DateTimeOffset? oldTick) = await states.ReadAsync(consumer.Name, cancellationToken);
        if (oldTick is not null && pairs.Count == 0)
        {
            await EarlierKeys.DropAsync(redis, epochs, cancellationToken);
        }

        RelayState? relay = await states.ReadRelayAsync(cancellationToken);
        RedisValue[] copies = await redis.RunAsync("HMGET", database => database.HashGetAsync(epochs, [.. types.Select(type => (RedisValue)type)]), cancellationToken);
        RedisValue relayCopy = await redis.RunAsync("HGET", database => database.HashGetAsync(EventKeys.EpochsOf(PairStates.Relay), PairStates.Relay), cancellationToken);
        JournalStatus status = await journal.StatusAsync(types, cancellationToken);
        Measure(status);
        (types, copies) = Readable(types, copies, status);

        List<Loss> losses = [];
        List<PairState> next = [];
        foreach ((string type, RedisValue copy) in types.Zip(copies))
        {
            PairState? pair = pairs.GetValueOrDefault(type);
            StreamStatus stream = status.Streams[type];
            GroupStatus? group = status.Group(consumer.Name, type);
            if (LossOf(type, pair, copy, stream, group, relay, oldTick) is { } loss)
            {
                losses.Add(loss);
            }

            next.Add(new PairState(
                type,
                LowWatermark(pair, group, now, status.Now),
                Math.Max(now.ToUnixTimeMilliseconds(), (pair?.Epoch ?? 0) + 1),
                pair?.HeldUntil ?? status.Now,
                LossesOf(pair, relay, copy, relayCopy),
                Missing: stream.Missing ?? pair?.Missing,
                Late: pair?.Late,
                ETag: pair?.ETag ?? ""));
        }

        await ReplayAsync(losses, now, cancellationToken);
        await Task.WhenAll(types.Where(type => status.Group(consumer.Name, type) is null).Select(type => CreateGroupAsync(type, cancellationToken)));
        HashSet<string> written = await states.TryWriteAsync(consumer.Name, next, cancellationToken);
        await WriteEpochsAsync(types.Zip(copies, next).Where(each => written.Contains(each.First)), cancellationToken);
        return status with { Streams = status.Streams.Where(each => written.Contains(each.Key)).ToDictionary() };
    }

    private (IReadOnlyList<string>, RedisValue[]) Readable(IReadOnlyList<string> types, RedisValue[] copies, JournalStatus status)
    {
        (string Type, RedisValue Copy)[] readable = [.. types.Zip(copies).Where(each => status.Streams[each.First].Problem.Length == 0)];
        foreach (string type in types.Where(type => status.Streams[type].Problem.Length > 0 && reported.Add(type)))
        {
            LogUnreadable(EventKeys.JournalOf(type).ToString(), status.Streams[type].Problem);
        }

        return ([.. readable.Select(each => each.Type)], [.. readable.Select(each => each.Copy)]);
    }

    private void Measure(JournalStatus status)
    {
        foreach ((string type, StreamStatus stream) in status.Streams)
        {
            GroupStatus? group = status.Group(consumer.Name, type);
            TimeSpan oldest = group?.OldestTime is { } time && time < status.Now ? status.Now - time : TimeSpan.Zero;
            metrics.Lag(consumer.Name, type, (group?.Unread ?? stream.Length) + (group?.Pending ?? 0), oldest, group?.Pending ?? 0, stream.Length);
        }
    }

    /// <summary>Reads the state of the journals, without a comparison.</summary>
    /// <param name="types">The event types.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The state of each journal that can be read.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<JournalStatus> StatusAsync(IReadOnlyList<string> types, CancellationToken cancellationToken)
    {
        JournalStatus status = await journal.StatusAsync(types, cancellationToken);
        return status with { Streams = status.Streams.Where(each => each.Value.Problem.Length == 0).ToDictionary() };
    }

    /// <summary>Stores a replay job for entries that were deleted before they were handled.</summary>
    /// <param name="type">The event type.</param>
    /// <param name="ids">The entries, at least one.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task ReplayDeletedAsync(string type, IReadOnlyList<RedisValue> ids, CancellationToken cancellationToken)
    {
        // Storage still has the events. One job for all, since each job reads hours of the log.
        (IReadOnlyDictionary<string, PairState> pairs, _) = await states.ReadAsync(consumer.Name, cancellationToken);
        DateTimeOffset to = EventTime.Add(ids.Max(GroupStatus.TimeOf), ConsumerRecovery.MaxClockDifference);
        await jobs.CoverAsync(
            consumer.Name, [type], StartFor(ids.Min(GroupStatus.TimeOf), pairs.GetValueOrDefault(type)), to, ReplayJobs.JournalLoss + "entry-lost", cancellationToken);
    }

    /// <summary>Where a replay must start for entries that the journal no longer has.</summary>
    /// <param name="oldest">The time in the id of the oldest entry.</param>
    /// <param name="pair">The state of its pair; null if there is none.</param>
    /// <returns>The earliest event time that they may have.</returns>
    internal static DateTimeOffset StartFor(DateTimeOffset oldest, PairState? pair)
    {
        // An entry may be as much older than its id as the relay is late; for a later one, the relay has lowered the low watermark.
        DateTimeOffset certain = EventTime.Subtract(oldest, LateEvents.Threshold);
        return EventTime.Subtract(pair is null || certain < pair.LowWatermark ? certain : pair.LowWatermark, ConsumerRecovery.MaxClockDifference);
    }

    private static Loss? LossOf(string type, PairState? pair, RedisValue copy, StreamStatus stream, GroupStatus? group, RelayState? relay, DateTimeOffset? oldTick)
    {
        if (pair is null)
        {
            // A new pair starts now, with all that its journal holds. An earlier version had one state for all types.
            return oldTick is { } tick ? new Loss(type, tick) : null;
        }

        long? redisEpoch = EpochOf(copy);
        long? reached = relay?.ReachedSince(pair.Losses);
        bool isOld = redisEpoch is null || redisEpoch < pair.Epoch;
        // Nobody knows whether this consumer had read missing entries.
        bool isMissing = stream.Missing is { } missing && pair.Missing is { } known && missing != known;
        if (!isOld && reached is null && group is not null && !isMissing && !pair.IsReleased)
        {
            return null;
        }

        // The effects in Redis since its epoch are lost too, also those of events that were late.
        long epoch = Math.Min(isOld && redisEpoch is { } old ? old : long.MaxValue, reached ?? long.MaxValue);
        if (epoch == long.MaxValue)
        {
            return new Loss(type, pair.LowWatermark);
        }

        DateTimeOffset time = EventTime.FromUnixMilliseconds(epoch);
        DateTimeOffset since = EventTime.Subtract(time, ConsumerRecovery.MaxClockDifference);
        return new Loss(type, time < pair.LowWatermark ? time : pair.LowWatermark, since, LateEvents.OldestSince(pair.Late, since));
    }

    // The relay notices the same loss a little later. The pair counts it now, or it would replay twice.
    private static int LossesOf(PairState? pair, RelayState? relay, RedisValue copy, RedisValue relayCopy)
    {
        long? relayEpoch = EpochOf(relayCopy);
        bool isOwnLoss = pair is not null && (EpochOf(copy) is not { } epoch || epoch < pair.Epoch);
        bool isNoticed = relay is null || relayEpoch >= relay.Epoch || relay.Reached.Any(loss => loss.Epoch == relayEpoch);
        return (relay?.Losses ?? pair?.Losses ?? 0) + (isOwnLoss && !isNoticed ? 1 : 0);
    }

    private static long? EpochOf(RedisValue copy) => !copy.IsNull && copy.TryParse(out long milliseconds) ? milliseconds : null;

    // Raised to the start of the tick, or to the oldest event that is not handled. An entry may be as much older than its id as the relay is late.
    private static DateTimeOffset LowWatermark(PairState? pair, GroupStatus? group, DateTimeOffset now, DateTimeOffset redisNow)
    {
        DateTimeOffset reached = group?.OldestTime is { } oldest && EventTime.Subtract(oldest, LateEvents.Threshold) is var eventTime && eventTime < now ? eventTime : now;
        return pair is null ? reached
            // Without a group, nobody knows what is unread.
            : group is null || pair.IsReleased || reached < pair.LowWatermark ? pair.LowWatermark
            // The entry of a late event may be unacknowledged.
            : redisNow < pair.HeldUntil || group.OldestTime < pair.HeldUntil ? pair.LowWatermark
            : reached;
    }

    // One walk for all types. The last minutes first, since nearly all lost events are from then.
    private async Task ReplayAsync(List<Loss> losses, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (losses.Count == 0)
        {
            return;
        }

        string[] types = [.. losses.Select(each => each.Type)];
        DateTimeOffset recent = EventTime.Subtract(losses.Min(each => each.Certain), NewestPeriod);
        DateTimeOffset from = EventTime.Subtract(losses.Min(each => each.Certain), ConsumerRecovery.MaxClockDifference);
        // Effects of late events and of replays are lost too.
        DateTimeOffset? replayed = losses.Min(each => each.Since) is { } since ? await jobs.StartOfWorkSinceAsync(consumer.Name, types, since, cancellationToken) : null;
        from = new[] { from, losses.Min(each => each.OldestLate) ?? from, replayed ?? from }.Min();
        await jobs.CoverAsync(consumer.Name, types, recent, now + ConsumerRecovery.MaxClockDifference, ReplayJobs.RedisLoss, cancellationToken);
        await jobs.CoverAsync(consumer.Name, types, from, recent, ReplayJobs.RedisLoss, cancellationToken);
        metrics.RedisLostState(consumer.Name);
        LogRedisLostState(consumer.Name, string.Join(", ", types), from);
    }

    private async Task CreateGroupAsync(string type, CancellationToken cancellationToken)
    {
        try
        {
            await redis.RunAsync("XGROUP CREATE", database => database.StreamCreateConsumerGroupAsync(EventKeys.JournalOf(type), consumer.Name, "0", createStream: true), cancellationToken);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // Another app or instance has just created it.
        }
    }

    // Replace only the epochs that were compared, since Redis may have lost its state in between. The next tick then notices it.
    private async Task WriteEpochsAsync(IEnumerable<(string Type, RedisValue Compared, PairState Next)> written, CancellationToken cancellationToken)
    {
        RedisValue[] values = [.. written.SelectMany(each => new RedisValue[] { each.Type, each.Compared.IsNull ? "" : each.Compared, each.Next.Epoch })];
        if (values.Length > 0)
        {
            await redis.RunAsync(EpochScript, [epochs], values, cancellationToken);
        }
    }

    // Every event before a time was handled. If effects in Redis are lost, since when, and the oldest of the late events among them.
    private sealed record Loss(string Type, DateTimeOffset Certain, DateTimeOffset? Since = null, DateTimeOffset? OldestLate = null);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis cannot read the journal {Journal} ({Problem}). Delete the key; the gateway then replays its events.")]
    private partial void LogUnreadable(string journal, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis lost state of consumer {Consumer} for {Types}. The gateway replays events from {From:u} on to it.")]
    private partial void LogRedisLostState(string consumer, string types, DateTimeOffset from);
}
