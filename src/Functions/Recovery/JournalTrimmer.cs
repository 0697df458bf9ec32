using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>Trims the journal to its retention. Keeps entries that a consumer has not read, unless the journal exceeds its maximum length.</summary>
/// <param name="redis">The connection.</param>
/// <param name="jobs">Stores replay jobs for removed unread entries.</param>
/// <param name="options">The retention and the consumers.</param>
/// <param name="metrics">Counts cuts that remove unread entries.</param>
/// <param name="logger">Logs what happens.</param>
public sealed partial class JournalTrimmer(
    RedisConnection redis, ReplayJobs jobs, IOptions<DeliveryOptions> options, DeliveryMetrics metrics, ILogger<JournalTrimmer> logger)
{
    private static readonly string TrimScript = EmbeddedScript.Read("Recovery.trim.lua");

    /// <summary>Trims the journal once.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when it is done.</returns>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached.</exception>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = await redis.TimeAsync(cancellationToken);
        Dictionary<string, DateTimeOffset?> oldest = [];
        foreach (string consumer in options.Value.ConsumerNames)
        {
            // A consumer without a group has read nothing yet.
            JournalLag? lag = await new JournalGroup(redis, consumer).LagAsync(cancellationToken);
            oldest[consumer] = lag is null ? DateTimeOffset.UnixEpoch : lag.OldestTime;
        }

        DateTimeOffset end = oldest.Values.Where(time => time is not null).Select(time => time!.Value).Append(now - options.Value.JournalRetention).Min();
        await CutAsync("MINID", end.ToUnixTimeMilliseconds(), cancellationToken);
        await CapAsync(oldest, now, cancellationToken);
    }

    private async Task CapAsync(Dictionary<string, DateTimeOffset?> oldest, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (long length, long bytes) = await MeasureAsync(cancellationToken);
        if (length <= options.Value.JournalMaxLength && bytes <= options.Value.JournalMaxBytes)
        {
            return;
        }

        foreach ((string consumer, DateTimeOffset? unread) in oldest)
        {
            if (unread is { } from)
            {
                // Store the replay job before the cut, so that no removed entry is lost.
                from = from == DateTimeOffset.UnixEpoch ? from : EventTime.Subtract(from, ConsumerRecovery.MaxClockDifference + OutboxRelay.LateThreshold);
                DateTimeOffset to = now + ConsumerRecovery.MaxClockDifference;
                await jobs.CoverAsync(consumer, from, to, ReplayJobs.JournalLoss + "trimmed", cancellationToken);
                metrics.TrimmedUnread(consumer);
                LogTrimmedUnread(consumer, length, bytes, options.Value.JournalMaxLength, options.Value.JournalMaxBytes);
            }
        }

        // A tenth more than needed, so that a journal at its bound is not cut at every tick.
        if (length > options.Value.JournalMaxLength)
        {
            await CutAsync("MAXLEN", options.Value.JournalMaxLength * 9L / 10, cancellationToken);
            (length, bytes) = await MeasureAsync(cancellationToken);
        }

        // Redis cuts by length only. The newest entries may be larger than the average: measured again until they fit.
        while (bytes > options.Value.JournalMaxBytes && length > 0)
        {
            await CutAsync("MAXLEN", (long)(length * 0.9 * options.Value.JournalMaxBytes / bytes), cancellationToken);
            (length, bytes) = await MeasureAsync(cancellationToken);
        }
    }

    private async Task<(long Length, long Bytes)> MeasureAsync(CancellationToken cancellationToken)
    {
        long length = await redis.RunAsync(database => database.StreamLengthAsync(RedisJournal.Journal), cancellationToken);
        // All of its nodes: samples are taken of the oldest only.
        RedisResult bytes = await redis.RunAsync(database => database.ExecuteAsync("MEMORY", "USAGE", (RedisKey)RedisJournal.Journal, "SAMPLES", 0), cancellationToken);
        return (length, bytes.IsNull ? 0 : (long)bytes);
    }

    private async Task CutAsync(string strategy, long threshold, CancellationToken cancellationToken) => await redis.RunAsync(
        database => database.ScriptEvaluateAsync(TrimScript, [RedisJournal.Journal, RedisJournal.Trimmed], [strategy, threshold]), cancellationToken);

    /// <summary>Adds the probe of the script that trims.</summary>
    internal static void AddProbes(RedisProbes probes) =>
        probes.AddScript("Recovery.trim.lua", [probes.Key("journal"), probes.Key("trimmed")], ["MAXLEN", 0]);

    [LoggerMessage(Level = LogLevel.Error, Message = "The journal has {Length} entries in {Bytes} bytes, more than {MaxLength} or {MaxBytes}, and must shrink. Consumer {Consumer} has not read all of the removed entries; a replay job delivers them.")]
    private partial void LogTrimmedUnread(string consumer, long length, long bytes, int maxLength, long maxBytes);
}
