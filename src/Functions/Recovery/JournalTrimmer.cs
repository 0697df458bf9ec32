using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>
/// Trims the journals to their retention. Keeps entries that an active pair has not acknowledged, unless all journals together exceed their maximum.
/// A pair that has not run for an hour holds up nothing: its next tick replays what was trimmed.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="journal">Reads the state of the journals.</param>
/// <param name="states">Knows the active pairs.</param>
/// <param name="jobs">Stores replay jobs for removed unread entries.</param>
/// <param name="options">The retention and the consumers.</param>
/// <param name="metrics">Counts cuts that remove unread entries.</param>
/// <param name="logger">Logs what happens.</param>
public sealed partial class JournalTrimmer(
    RedisConnection redis, RedisJournal journal, PairStates states, ReplayJobs jobs, IOptions<DeliveryOptions> options, DeliveryMetrics metrics, ILogger<JournalTrimmer> logger)
{
    private static readonly RedisScript TrimScript = RedisScript.Embedded("Recovery.trim.lua");

    /// <summary>The time without a tick after which a pair holds up no journal. Tests shorten it, since storage sets the times of rows.</summary>
    internal TimeSpan ReleaseAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Trims the journals once.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached.</exception>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        JournalStatus status = await journal.StatusAsync(EventTypes.All, cancellationToken);
        string[] types = [.. EventTypes.All.Where(type => status.Streams[type].Length > 0)];
        Dictionary<string, DateTimeOffset> ends = types.ToDictionary(type => type, _ => EventTime.Subtract(status.Now, options.Value.JournalRetention));
        foreach (string consumer in options.Value.ConsumerNames)
        {
            foreach ((string type, DateTimeOffset oldest) in await HeldAsync(consumer, ends, status, cancellationToken))
            {
                ends[type] = oldest < ends[type] ? oldest : ends[type];
            }
        }

        await Task.WhenAll(ends.Select(each => CutAsync(each.Key, "MINID", [each.Value.ToUnixTimeMilliseconds()], cancellationToken)));
        await CapAsync(types, cancellationToken);
    }

    // The oldest entries that a consumer's active pairs need.
    private async Task<Dictionary<string, DateTimeOffset>> HeldAsync(
        string consumer, Dictionary<string, DateTimeOffset> ends, JournalStatus status, CancellationToken cancellationToken)
    {
        (IReadOnlyDictionary<string, PairState> pairs, _) = await states.ReadAsync(consumer, cancellationToken);
        // The relay has just written its row: that is the time by storage's clock.
        DateTimeOffset now = (await states.ReadRelayAsync(cancellationToken))?.WrittenAt ?? pairs.Values.Max(pair => pair.WrittenAt) ?? DateTimeOffset.MinValue;
        Dictionary<string, DateTimeOffset> held = [];
        List<PairState> gone = [];
        foreach (string type in ends.Keys.Where(type => pairs.ContainsKey(type)))
        {
            // A released pair replays, whenever it runs again. Its release has just renewed the time of its row.
            if (pairs[type].IsReleased || OldestOf(status.Group(consumer, type)) is not { } oldest)
            {
                continue;
            }

            if (pairs[type].WrittenAt > EventTime.Subtract(now, ReleaseAfter))
            {
                held[type] = oldest;
            }
            else if (oldest < ends[type])
            {
                gone.Add(pairs[type] with { IsReleased = true });
            }
        }

        // Before anything is trimmed. A pair that runs a tick right now is active.
        HashSet<string> released = gone.Count > 0 ? await states.TryWriteAsync(consumer, gone, cancellationToken) : [];
        foreach (PairState pair in gone.Where(pair => !released.Contains(pair.Type)))
        {
            held[pair.Type] = status.Group(consumer, pair.Type)?.OldestTime ?? DateTimeOffset.UnixEpoch;
        }

        return held;
    }

    // A pair without a group has read nothing yet.
    private static DateTimeOffset? OldestOf(GroupStatus? group) => group is null ? DateTimeOffset.UnixEpoch : group.OldestTime;

    // A tenth more than needed, so that not every tick cuts. Measured again, since the newest entries may be larger than the average.
    private async Task CapAsync(string[] types, CancellationToken cancellationToken)
    {
        while (true)
        {
            Dictionary<string, (long Length, long Bytes)> sizes = await MeasureAsync(types, cancellationToken);
            (long length, long bytes) = (sizes.Values.Sum(each => each.Length), sizes.Values.Sum(each => each.Bytes));
            if (length <= options.Value.JournalMaxLength && bytes <= options.Value.JournalMaxBytes)
            {
                return;
            }

            double left = 0.9 * Math.Min(1, Math.Min((double)options.Value.JournalMaxLength / length, (double)options.Value.JournalMaxBytes / bytes));
            JournalStatus status = await journal.StatusAsync(types, cancellationToken);
            Dictionary<string, long> cuts = types.ToDictionary(type => type, type => status.Streams[type].Length - Math.Max(1, (long)(status.Streams[type].Length * left)));
            foreach (string consumer in options.Value.ConsumerNames)
            {
                await ReplayUnreadAsync(consumer, [.. types.Where(type => IsUnreadIn(cuts[type], status.Streams[type], status.Group(consumer, type)))], status, cancellationToken);
            }

            RedisResult[] removed = await Task.WhenAll(cuts.Where(cut => cut.Value > 0).Select(cut => CutAsync(cut.Key, "OLDEST", [cut.Value, status.Streams[cut.Key].First], cancellationToken)));
            if (removed.All(count => (long)count == 0))
            {
                // The newest entry of each journal stays, or another relay cuts. The next tick measures again.
                return;
            }
        }
    }

    // Read entries are missed when they are claimed. A pair without a group is new, or its next tick replays from its low watermark.
    private static bool IsUnreadIn(long cut, StreamStatus stream, GroupStatus? group) => cut > 0 && group is { Unread: > 0 } && cut > stream.Length - (group.Lag ?? stream.Length);

    // Stores the replay job before the cut, so that no removed entry is lost.
    private async Task ReplayUnreadAsync(string consumer, string[] types, JournalStatus status, CancellationToken cancellationToken)
    {
        if (types.Length == 0)
        {
            return;
        }

        (IReadOnlyDictionary<string, PairState> pairs, _) = await states.ReadAsync(consumer, cancellationToken);
        DateTimeOffset from = types.Min(type => LossDetection.StartFor(status.Group(consumer, type)!.OldestTime!.Value, pairs.GetValueOrDefault(type)));
        await jobs.CoverAsync(consumer, types, from, status.Now + ConsumerRecovery.MaxClockDifference, ReplayJobs.JournalLoss + "trimmed", cancellationToken);
        metrics.TrimmedUnread(consumer);
        LogTrimmedUnread(string.Join(", ", types), options.Value.JournalMaxLength, options.Value.JournalMaxBytes, consumer);
    }

    private async Task<Dictionary<string, (long Length, long Bytes)>> MeasureAsync(string[] types, CancellationToken cancellationToken)
    {
        (string Type, (long, long) Size)[] sizes = await Task.WhenAll(types.Select(async type => (type, await MeasureAsync(type, cancellationToken))));
        return sizes.ToDictionary(each => each.Type, each => each.Size);
    }

    private async Task<(long Length, long Bytes)> MeasureAsync(string type, CancellationToken cancellationToken)
    {
        RedisKey key = EventKeys.JournalOf(type);
        long length = await redis.RunAsync("XLEN", database => database.StreamLengthAsync(key), cancellationToken);
        // All of its nodes: samples are taken of the oldest only.
        RedisResult bytes = await redis.RunAsync("MEMORY USAGE", database => database.ExecuteAsync("MEMORY", "USAGE", key, "SAMPLES", 0), cancellationToken);
        return (length, bytes.IsNull ? 0 : (long)bytes);
    }

    private Task<RedisResult> CutAsync(string type, string strategy, RedisValue[] threshold, CancellationToken cancellationToken) =>
        redis.RunAsync(TrimScript, [EventKeys.JournalOf(type), EventKeys.Trimmed], [type, strategy, .. threshold], cancellationToken);

    /// <summary>Adds the probe of the script that trims.</summary>
    internal static void AddProbes(RedisProbes probes) =>
        probes.AddScript("Recovery.trim.lua", [probes.Key("journal"), probes.Key("trimmed")], ["probe", "MINID", "0-1"]);

    [LoggerMessage(Level = LogLevel.Error, Message = "The journals have more than {MaxLength} entries or {MaxBytes} bytes. Removes entries of {Types} that consumer {Consumer} has not read; a replay job delivers them.")]
    private partial void LogTrimmedUnread(string types, int maxLength, long maxBytes, string consumer);
}
