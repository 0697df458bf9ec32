using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// The journal of one event type as one consumer sees it: its consumer group. The state of a pending entry is its owner: an instance that has it
/// in work, or <see cref="GatewayInstance.Failed"/>. The group's delivery count is the number of attempts.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="instance">This process.</param>
/// <param name="consumer">The consumer, and the name of its group.</param>
/// <param name="type">The event type.</param>
public sealed class PairJournal(PumpRedis redis, GatewayInstance instance, string consumer, string type)
{
    private const long MaxBytes = 1024 * 1024;

    private static readonly RedisScript ReceiveScript = RedisScript.Embedded("Consumers.receive.lua");

    private static readonly RedisScript ReleaseScript = RedisScript.Embedded("Consumers.release.lua");

    /// <summary>The consumer's name.</summary>
    public string Consumer => consumer;

    /// <summary>The event type.</summary>
    public string Type => type;

    /// <summary>The key of the stream.</summary>
    public RedisKey Key { get; } = EventKeys.JournalOf(type);

    /// <summary>Puts an event of the channel into the journal, unless it is there, and reads new entries. One round trip.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="mayAdd">Whether to add the event if it has no marker.</param>
    /// <param name="count">The most entries to read; zero to read nothing.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The state of the event, and the entries.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task<Reception> ReceiveAsync(DomainEvent domainEvent, bool mayAdd, int count, CancellationToken cancellationToken)
    {
        byte[] body = EventParser.Write(domainEvent);
        return RunAsync(
            [Key, EventKeys.PublishedOf(domainEvent.Id)],
            [consumer, instance.Name, count, MaxBytes, (long)RedisJournal.PublishedMarkerLifetime.TotalSeconds, RedisJournal.MarkOf(body), mayAdd, body],
            cancellationToken);
    }

    /// <summary>Reads new entries.</summary>
    /// <param name="count">The most entries.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The entries.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task<Reception> ReadAsync(int count, CancellationToken cancellationToken) =>
        RunAsync([Key], [consumer, instance.Name, count, MaxBytes], cancellationToken);

    /// <summary>Acknowledges entries.</summary>
    /// <param name="ids">The entries.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task AcknowledgeAsync(RedisValue[] ids, CancellationToken cancellationToken) =>
        ids.Length == 0 ? Task.CompletedTask : redis.Connection.RunAsync("XACK", database => database.StreamAcknowledgeAsync(Key, consumer, ids), cancellationToken);

    /// <summary>Hands entries back, to wait for their next attempt.</summary>
    /// <param name="entries">The entries, and the number of attempts that each then has had.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when Redis has it. An entry that another instance has claimed meanwhile stays as it is.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task ReleaseAsync(IReadOnlyCollection<(PendingEntry Entry, int Attempts)> entries, CancellationToken cancellationToken)
    {
        RedisValue[] values = [consumer, instance.Name, .. entries.SelectMany(each => new RedisValue[] { each.Entry.Id, each.Entry.Attempts, each.Attempts })];
        return entries.Count == 0 ? Task.CompletedTask : redis.Connection.RunAsync(ReleaseScript, [Key], values, cancellationToken);
    }

    private async Task<Reception> RunAsync(RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        RedisResult result = await redis.Connection.RunAsync(ReceiveScript, keys, values, cancellationToken);
        return new Reception(
            (string?)result[0] switch
            {
                "added" => MarkerState.Added,
                "same" => MarkerState.Same,
                "other" => MarkerState.Other,
                "absent" => MarkerState.Absent,
                _ => MarkerState.Refused,
            },
            [.. ((RedisResult[])result[3]!).Select(entry => new PendingEntry((string)entry[0]!, (byte[])entry[1]!, 1))],
            (string)result[2]!);
    }

    /// <summary>Adds the probes of the scripts.</summary>
    internal static void AddProbes(RedisProbes probes)
    {
        RedisKey stream = probes.Key("stream");
        byte[] body = "probe"u8.ToArray();
        RedisKey marker = probes.Used(EventKeys.PublishedOf($"probe-{probes.Id}-received"));
        probes.Add("receive.lua", async database =>
        {
            RedisResult received = await database.ScriptEvaluateAsync(ReceiveScript.Text, [stream, marker], ["probe", "probe", 1, 1, 60, RedisJournal.MarkOf(body), 1, body]);
            RedisErrors.ThrowIfAny((string?)received[1] + (string?)received[2]);
        });
        probes.AddScript("Consumers.release.lua", [stream], ["probe", "probe", "0-1", 1, 1]);
    }
}
