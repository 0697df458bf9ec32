using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>Notices that Redis lost state of one consumer, and stores replay jobs for the lost events.</summary>
/// <param name="consumer">The consumer.</param>
/// <param name="redis">The connection.</param>
/// <param name="states">Stores how far the consumer has come.</param>
/// <param name="jobs">Stores the replay jobs.</param>
/// <param name="time">The clock.</param>
/// <param name="metrics">Counts losses.</param>
/// <param name="logger">Logs losses.</param>
public sealed partial class LossDetection(
    IEventConsumer consumer,
    RedisConnection redis,
    ConsumerStates states,
    ReplayJobs jobs,
    TimeProvider time,
    DeliveryMetrics metrics,
    ILogger<LossDetection> logger)
{
    // With default settings, the relay publishes within half of this time.
    private static readonly TimeSpan NewestPeriod = TimeSpan.FromMinutes(1);

    private static readonly string MissingScript = EmbeddedScript.Read("Recovery.missing.lua");

    private static readonly string EpochScript = EmbeddedScript.Read("Recovery.epoch.lua");

    private readonly JournalGroup journal = new(redis, consumer.Name);
    private readonly RedisKey epochKey = $"{{events}}:epoch:{consumer.Name}";
    private readonly RedisKey missingKey = $"{{events}}:missing:{consumer.Name}";

    // Whether the group was created since the last comparison of epochs. Perhaps the journal was lost with it.
    private bool isGroupNew;

    /// <summary>Makes sure that the consumer's group exists.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when it exists.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task EnsureGroupAsync(CancellationToken cancellationToken) => isGroupNew |= await journal.EnsureAsync(cancellationToken);

    /// <summary>Compares the state in Redis with that in storage, and stores replay jobs for the difference.</summary>
    /// <param name="reached">The value to which this instance could last raise the low watermark; null if it stays.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>False if another instance compares, or Redis has lost its state meanwhile.</returns>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached.</exception>
    public async Task<bool> CompareAsync(DateTimeOffset? reached, CancellationToken cancellationToken)
    {
        bool isCompared = await CompareEpochsAsync(reached, cancellationToken);
        isGroupNew &= !isCompared;
        return isCompared;
    }

    /// <summary>Stores a replay job for entries that were deleted before they were handled.</summary>
    /// <param name="entries">The entries, at least one.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when the job is stored.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task ReplayDeletedAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken)
    {
        // Storage still has the events. One job for all, since each job reads hours of the log.
        DateTimeOffset from = EventTime.Subtract(entries.Min(entry => entry.Time), ConsumerRecovery.MaxClockDifference + OutboxRelay.LateThreshold);
        DateTimeOffset to = EventTime.Add(entries.Max(entry => entry.Time), ConsumerRecovery.MaxClockDifference);
        return jobs.CoverAsync(consumer.Name, from, to, ReplayJobs.JournalLoss + "entry-lost", cancellationToken);
    }

    // Redis holds a copy of the epoch in storage. An older copy, or none, shows that Redis came back with an old file
    // or empty, so replay the lost events. Store the job before the new epoch hides the loss.
    private async Task<bool> CompareEpochsAsync(DateTimeOffset? reached, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        ConsumerState? state = await states.FindAsync(consumer.Name, cancellationToken);
        RedisValue copy = await redis.RunAsync(database => database.StringGetAsync(epochKey), cancellationToken);
        long? redisEpoch = !copy.IsNull && copy.TryParse(out long milliseconds) ? milliseconds : null;
        if (state is null)
        {
            await jobs.AddAsync(consumer.Name, null, DateTimeOffset.MinValue, now + ConsumerRecovery.MaxClockDifference, "first-run", cancellationToken);
        }
        else if (redisEpoch is null || redisEpoch < state.Epoch)
        {
            DateTimeOffset certain = redisEpoch is { } old && EventTime.FromUnixMilliseconds(old) is var epoch && epoch < state.LowWatermark ? epoch : state.LowWatermark;
            await ReplayLossAsync(certain, now, ReplayJobs.RedisLoss, cancellationToken);
        }

        RedisResult missing = await redis.RunAsync(
            database => database.ScriptEvaluateAsync(MissingScript, [RedisJournal.Journal, RedisJournal.Trimmed]), cancellationToken);
        RedisValue known = await redis.RunAsync(database => database.StringGetAsync(missingKey), cancellationToken);
        if (state is not null && !copy.IsNull && (isGroupNew || (!known.IsNull && !missing.IsNull && known != (RedisValue)missing)))
        {
            // Nobody knows whether this consumer had read them.
            await ReplayLossAsync(state.LowWatermark, now, ReplayJobs.JournalLoss + "entries-missing", cancellationToken);
        }

        long next = Math.Max(now.ToUnixTimeMilliseconds(), (state?.Epoch ?? 0) + 1);
        DateTimeOffset lowWatermark = state is null ? now : reached is { } higher && now >= state.HeldUntil ? higher : state.LowWatermark;
        if (!await states.TryWriteAsync(consumer.Name, state, lowWatermark, next, state?.HeldUntil ?? now, cancellationToken))
        {
            // Another instance runs a tick, or the relay has just lowered the low watermark. The next tick comes soon.
            return false;
        }

        // Replace only the epoch that was compared, since Redis may have lost its state in between.
        RedisResult isWritten = await redis.RunAsync(
            database => database.ScriptEvaluateAsync(
                EpochScript, [epochKey, missingKey], [copy.IsNull ? "" : copy, next, missing.IsNull ? "" : (RedisValue)missing]),
            cancellationToken);
        return (bool)isWritten;
    }

    // Replay the last minutes first, since nearly all lost events are from then. Older events come next.
    private async Task ReplayLossAsync(DateTimeOffset certain, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        DateTimeOffset recent = EventTime.Subtract(certain, NewestPeriod);
        DateTimeOffset from = EventTime.Subtract(certain, ConsumerRecovery.MaxClockDifference);
        await jobs.CoverAsync(consumer.Name, recent, now + ConsumerRecovery.MaxClockDifference, reason, cancellationToken);
        await jobs.CoverAsync(consumer.Name, from, recent, reason, cancellationToken);
        metrics.RedisLostState(consumer.Name);
        LogRedisLostState(consumer.Name, from);
    }

    /// <summary>Adds the probes of the scripts that compare the state.</summary>
    internal static void AddProbes(RedisProbes probes)
    {
        probes.AddScript("Recovery.missing.lua", [probes.Key("journal"), probes.Key("trimmed")], []);
        probes.AddScript("Recovery.epoch.lua", [probes.Key("epoch"), probes.Key("missing")], ["", 1, 0]);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis lost state of consumer {Consumer}. The gateway replays events from {From} on to it.")]
    private partial void LogRedisLostState(string consumer, DateTimeOffset from);
}
