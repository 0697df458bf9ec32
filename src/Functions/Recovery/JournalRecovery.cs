using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Telemetry;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>
/// Handles the entries of the journals that a consumer has not acknowledged: reads those that no doorbell announced, and claims those that failed
/// or whose reader died.
/// </summary>
/// <param name="consumer">The consumer.</param>
/// <param name="redis">The connection of the pumps.</param>
/// <param name="pumps">Handle the entries.</param>
/// <param name="instance">This process.</param>
/// <param name="live">Knows the live instances.</param>
/// <param name="isolationGate">Lets isolated events take turns.</param>
/// <param name="options">The deadline of a handler.</param>
/// <param name="time">The clock.</param>
public sealed class JournalRecovery(
    IEventConsumer consumer,
    PumpRedis redis,
    JournalPumps pumps,
    GatewayInstance instance,
    LiveInstances live,
    IsolationGate isolationGate,
    IOptions<DeliveryOptions> options,
    TimeProvider time)
{
    // The size of one transaction of the audit log.
    private const int ClaimSize = 100;
    private const int PageSize = 200;

    // The most pending entries of an owner that one tick considers, the oldest first. The others follow when these are handled.
    private const int MaxPending = 5_000;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(10);

    // Beyond the deadline of a handler, for the time until its entry is acknowledged or handed back.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private static readonly RedisScript ClaimScript = RedisScript.Embedded("Recovery.claim.lua");

    private static readonly RedisScript ForgetScript = RedisScript.Embedded("Recovery.forget.lua");

    // When this process first saw an entry with an owner and a count. The idle time of Redis rests on the clock of a node.
    private readonly Dictionary<(string Type, RedisValue Id), (string Owner, int Count, long At)> firstSeen = [];

    private long connections = redis.Connection.Connections;
    private long? reconnectedAt;

    /// <summary>Handles the entries that are due.</summary>
    /// <param name="status">The state of the journals.</param>
    /// <param name="losses">Replays deleted entries.</param>
    /// <param name="parts">Records the failures of single journals.</param>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <exception cref="DependencyUnavailableException">Redis, storage or the consumer's store cannot be reached.</exception>
    internal async Task RecoverAsync(JournalStatus status, LossDetection losses, TickParts parts, CancellationToken cancellationToken)
    {
        string[] unread = [.. status.Streams.Keys.Where(type => status.Group(consumer.Name, type) is null or { Unread: > 0 })];
        if (unread.Length > 0)
        {
            TickSpan.MarkBusy();
        }

        await parts.RunAsync(() => Task.WhenAll(unread.Select(type => PumpOf(type).DrainAsync(TickSchedule.Interval, cancellationToken))), cancellationToken);

        HashSet<string> alive = await live.ListAsync(cancellationToken);
        NoteReconnect();
        List<(string Type, StreamPendingMessageInfo Entry)> isolated = [];
        foreach (string type in status.Streams.Keys.Where(type => status.Group(consumer.Name, type) is { Pending: > 0 }))
        {
            await parts.RunAsync(async () => isolated.AddRange(await ClaimAsync(type, alive, losses, cancellationToken)), cancellationToken);
        }

        await ClaimIsolatedAsync(isolated, losses, parts, cancellationToken);
    }

    private JournalPump PumpOf(string type) => pumps.Of(consumer, type);

    // After an outage of Redis, the other instances have not signed yet.
    private void NoteReconnect()
    {
        if (connections != redis.Connection.Connections)
        {
            (connections, reconnectedAt) = (redis.Connection.Connections, time.GetTimestamp());
        }
        else if (reconnectedAt is { } at && time.GetElapsedTime(at) >= LiveInstances.Lifetime)
        {
            reconnectedAt = null;
        }
    }

    // Handles the due entries of a journal, and returns those that must be handled one by one.
    private async Task<IEnumerable<(string Type, StreamPendingMessageInfo Entry)>> ClaimAsync(
        string type, HashSet<string> alive, LossDetection losses, CancellationToken cancellationToken)
    {
        List<StreamPendingMessageInfo> due = await DueAsync(type, alive, cancellationToken);
        ILookup<bool, StreamPendingMessageInfo> byIsolation = due.ToLookup(each => each.DeliveryCount + 1 >= ConsumerRecovery.IsolateAfterAttempts);
        if (due.Count > 0)
        {
            TickSpan.MarkBusy();
        }

        foreach (StreamPendingMessageInfo[] batch in byIsolation[false].Chunk(ClaimSize).TakeWhile(_ => PumpOf(type).HasRoom))
        {
            await HandleAsync(type, batch, isIsolated: false, losses, cancellationToken);
        }

        return byIsolation[true].Select(entry => (type, entry));
    }

    // From the third attempt on, one by one: an event that kills the process uses up no other's attempts. Those that have waited longest come first,
    // and none starts after a slow one: other journals and replays need the rest of the tick.
    private async Task ClaimIsolatedAsync(
        IEnumerable<(string Type, StreamPendingMessageInfo Entry)> isolated, LossDetection losses, TickParts parts, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        foreach ((string type, StreamPendingMessageInfo entry) in isolated.OrderBy(each => firstSeen[(each.Type, each.Entry.MessageId)].At))
        {
            using IDisposable? turn = time.GetElapsedTime(begun) < TickSchedule.Interval ? await isolationGate.TryEnterAsync(cancellationToken) : null;
            if (turn is null)
            {
                return;
            }

            await parts.RunAsync(() => HandleAsync(type, [entry], isIsolated: true, losses, cancellationToken), cancellationToken);
        }
    }

    private async Task<List<StreamPendingMessageInfo>> DueAsync(string type, HashSet<string> alive, CancellationToken cancellationToken)
    {
        RedisKey key = EventKeys.JournalOf(type);
        StreamConsumerInfo[] owners = await redis.Connection.RunAsync("XINFO CONSUMERS", database => database.StreamConsumerInfoAsync(key, consumer.Name), cancellationToken);
        List<StreamPendingMessageInfo> due = [];
        HashSet<RedisValue> seen = [];
        foreach (StreamConsumerInfo owner in owners)
        {
            if (owner.PendingMessageCount == 0)
            {
                await ForgetAsync(key, owner, alive, cancellationToken);
                continue;
            }

            RedisValue position = "-";
            int read = 0;
            StreamPendingMessageInfo[] page;
            do
            {
                page = await redis.Connection.RunAsync(
                    "XPENDING", database => database.StreamPendingMessagesAsync(key, consumer.Name, PageSize, owner.Name, position), cancellationToken);
                seen.UnionWith(page.Select(each => each.MessageId));
                due.AddRange(page.Where(each => IsDue(type, each, alive)));
                read += page.Length;
                position = page.Length > 0 ? $"({page[^1].MessageId}" : position;
            }
            while (page.Length == PageSize && read < MaxPending);
        }

        foreach ((string, RedisValue) gone in firstSeen.Keys.Where(each => each.Type == type && !seen.Contains(each.Id)).ToArray())
        {
            firstSeen.Remove(gone);
        }

        return due;
    }

    private bool IsDue(string type, StreamPendingMessageInfo entry, HashSet<string> alive)
    {
        string owner = entry.ConsumerName!;
        if (owner == instance.Name && PumpOf(type).Holds(entry.MessageId))
        {
            return false;
        }

        (string Owner, int Count, long At) first = (owner, entry.DeliveryCount, time.GetTimestamp());
        if (firstSeen.TryGetValue((type, entry.MessageId), out (string Owner, int Count, long At) before) && before.Owner == owner && before.Count == entry.DeliveryCount)
        {
            first = before;
        }

        firstSeen[(type, entry.MessageId)] = first;
        TimeSpan idle = TimeSpan.FromMilliseconds(entry.IdleTimeInMilliseconds);
        TimeSpan seen = time.GetElapsedTime(first.At);
        return (idle > seen ? idle : seen) >= WaitOf(owner, entry.DeliveryCount, alive);
    }

    private TimeSpan WaitOf(string owner, int attempts, HashSet<string> alive) =>
        owner == GatewayInstance.Failed ? Backoff(attempts)
        // A reply or an acknowledgement was lost.
        : owner == instance.Name ? Margin
        // Its owner may be about to sign, and to settle what it could not.
        : reconnectedAt is not null ? TimeSpan.MaxValue
        : alive.Contains(owner) ? options.Value.HandlerDeadline + Margin
        // It is not handled again: the claim makes it a dead letter.
        : attempts >= JournalPump.MaxAttempts ? TimeSpan.Zero
        : Backoff(attempts);

    // An entry that was handed back without an attempt is due at once.
    private static TimeSpan Backoff(int attempts) =>
        attempts <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(FirstDelay.Ticks << Math.Min(attempts - 1, 16), MaxDelay.Ticks));

    private async Task HandleAsync(string type, StreamPendingMessageInfo[] batch, bool isIsolated, LossDetection losses, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RedisValue[] values =
        [
            consumer.Name, instance.Name,
            .. batch.SelectMany(each => new RedisValue[] { each.MessageId, each.ConsumerName, each.DeliveryCount }),
        ];
        RedisResult[] claimed = (RedisResult[])(await redis.Connection.RunAsync(ClaimScript, [EventKeys.JournalOf(type)], values, cancellationToken))!;
        ILookup<bool, PendingEntry> isGone = claimed
            .Select(entry => new PendingEntry((string)entry[0]!, (byte[])entry[1]!, (int)entry[2]))
            .ToLookup(entry => entry.Attempts == 0);
        JournalPump pump = PumpOf(type);
        if (isGone[true].Any())
        {
            RedisValue[] gone = [.. isGone[true].Select(entry => entry.Id)];
            await losses.ReplayDeletedAsync(type, gone, cancellationToken);
            await pump.Journal.AcknowledgeAsync(gone, cancellationToken);
        }

        await pump.HandleAsync([.. isGone[false]], isIsolated, cancellationToken);
    }

    private async Task ForgetAsync(RedisKey key, StreamConsumerInfo owner, HashSet<string> alive, CancellationToken cancellationToken)
    {
        if (owner.Name != GatewayInstance.Failed && !alive.Contains(owner.Name) && reconnectedAt is null)
        {
            await redis.Connection.RunAsync(ForgetScript, [key], [consumer.Name, owner.Name], cancellationToken);
        }
    }

    /// <summary>Adds the probes of the scripts.</summary>
    internal static void AddProbes(RedisProbes probes)
    {
        probes.AddScript("Recovery.claim.lua", [probes.Key("stream")], ["probe", "probe", "0-1", "probe", 1]);
        probes.AddScript("Recovery.forget.lua", [probes.Key("stream")], ["probe", "gone"]);
    }
}
