using System.Security.Cryptography;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>The journal and the channels in Redis: a journal for each event type, and a channel that rings its consumers.</summary>
/// <param name="redis">The connection.</param>
/// <param name="logger">Logs events that the relay must publish.</param>
/// <param name="metrics">Counts published events.</param>
public sealed partial class RedisJournal(RedisConnection redis, ILogger<RedisJournal> logger, DeliveryMetrics? metrics = null)
{
    /// <summary>The lifetime of a published marker. It prevents that an event is published twice or its id used for another event.</summary>
    public static readonly TimeSpan PublishedMarkerLifetime = TimeSpan.FromHours(1);

    // The version of the hashed content. Markers of another version cannot be compared.
    private const string MarkVersion = "1:";
    private const int MarkHashBytes = 16;

    private static readonly RedisScript PublishScript = RedisScript.Embedded("Outbox.publish.lua");

    private static readonly RedisScript StatusScript = RedisScript.Embedded("Outbox.status.lua");

    private bool isUnheard;

    /// <summary>The value of an event's published marker. Another event with the same id has another value.</summary>
    /// <param name="body">The event as <see cref="EventParser.Write"/> writes it, whatever form its producer used.</param>
    /// <returns>The format version and the hash.</returns>
    public static string MarkOf(ReadOnlySpan<byte> body) => $"{MarkVersion}{Convert.ToHexStringLower(SHA256.HashData(body)[..MarkHashBytes])}";

    /// <summary>Publishes committed events to journal and channel, in one round trip. Repeating it is harmless. After a failure, the relay publishes.</summary>
    /// <param name="events">The events, in order.</param>
    /// <returns>True if Redis has them.</returns>
    public async Task<bool> PublishAsync(IReadOnlyList<DomainEvent> events)
    {
        using EventSpans.PublishSpans? spans = EventSpans.StartPublish(events);
        (RedisKey[] keys, RedisValue[] values) = ArgumentsOf(events);
        if (await redis.RunBestEffortAsync(PublishScript, keys, values, Read) is { } result)
        {
            spans?.Succeed(result.IsNew);
            Report(result, events[0].Id);
            return true;
        }

        // Redis has no answer to name: it is down or slow, or has refused the event.
        spans?.Fail("left_to_relay");
        LogLeftToRelay(events.Count, events[0].Id);
        return false;
    }

    /// <summary>Publishes committed events as <see cref="PublishAsync(IReadOnlyList{DomainEvent})"/> does, with the normal timeout of Redis.</summary>
    /// <param name="events">The events, in order.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The number of events that were not published before.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    /// <exception cref="RedisServerException">Redis refused one of the events. It has tried the others.</exception>
    public async Task<int> PublishAsync(IReadOnlyList<DomainEvent> events, CancellationToken cancellationToken)
    {
        using EventSpans.PublishSpans? spans = EventSpans.StartPublish(events);
        (RedisKey[] keys, RedisValue[] values) = ArgumentsOf(events);
        try
        {
            PublishResult result = await redis.RunAsync(PublishScript, keys, values, Read, cancellationToken);
            spans?.Succeed(result.IsNew);
            Report(result, events[0].Id);
            return result.IsNew.Count(isNew => isNew);
        }
        catch (Exception exception) when (spans is not null)
        {
            spans.Fail(exception.GetType().FullName!);
            throw;
        }
    }

    /// <summary>Reads the state of journals and of their consumer groups, in one round trip.</summary>
    /// <param name="types">The event types.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<JournalStatus> StatusAsync(IReadOnlyList<string> types, CancellationToken cancellationToken)
    {
        RedisResult[] results = (RedisResult[])(await redis.RunAsync(
            StatusScript, [EventKeys.Trimmed, .. types.Select(EventKeys.JournalOf)], [.. types.Select(type => (RedisValue)type)], cancellationToken))!;
        return new JournalStatus(
            DateTimeOffset.FromUnixTimeMilliseconds((long)results[0]),
            types.Select((type, index) => (type, Status: StreamOf(results[index + 1]))).ToDictionary(each => each.type, each => each.Status));

        static StreamStatus StreamOf(RedisResult stream) => new(
            (long)stream[0],
            IdOf(stream[1]),
            NumberOf(stream[2]),
            ((RedisResult[])stream[3]!).ToDictionary(
                group => (string)group[0]!,
                group => new GroupStatus(NumberOf(group[1]), IdOf(group[2]), (long)group[3], IdOf(group[4]), (long)group[5])),
            (string)stream[4]!);

        static long? NumberOf(RedisResult number) => (string?)number is { Length: > 0 } ? (long)number : null;

        static RedisValue IdOf(RedisResult id) => (string?)id is { Length: > 0 } text ? text : RedisValue.Null;
    }

    /// <summary>Reads the clock of Redis, which makes the ids of entries.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task<DateTimeOffset> TimeAsync(CancellationToken cancellationToken) => redis.TimeAsync(cancellationToken);

    /// <summary>Reads how long ago events were published.</summary>
    /// <param name="events">The events, each with the value of its published marker.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The age of each event's published marker, in the same order; null if there is none, or if it is that of another event with the same id.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<TimeSpan?[]> MarkAgesAsync(IReadOnlyList<(string Id, string Marker)> events, CancellationToken cancellationToken)
    {
        RedisValueWithExpiry[] markers = await redis.RunAsync(
            "GET", database => Task.WhenAll(events.Select(each => database.StringGetWithExpiryAsync(EventKeys.PublishedOf(each.Id)))), cancellationToken);
        return [.. markers.Zip(events, (found, each) => found.Value.IsNull || IsOther(found.Value!, each.Marker) ? null : PublishedMarkerLifetime - found.Expiry)];
    }

    // A marker of another format version cannot be compared, so it counts as this event's, as in publish.lua.
    private static bool IsOther(string found, string marker) => found != marker && found.StartsWith(MarkVersion, StringComparison.Ordinal);

    private static (RedisKey[] Keys, RedisValue[] Values) ArgumentsOf(IReadOnlyList<DomainEvent> events)
    {
        List<RedisKey> keys = new(2 * events.Count);
        List<RedisValue> values = [(long)PublishedMarkerLifetime.TotalSeconds];
        foreach (DomainEvent domainEvent in events)
        {
            byte[] body = EventParser.Write(domainEvent);
            keys.AddRange([EventKeys.JournalOf(domainEvent.Type), EventKeys.PublishedOf(domainEvent.Id)]);
            values.AddRange([MarkOf(body), EventChannels.Of(domainEvent.Type), body]);
        }

        return ([.. keys], [.. values]);
    }

    private static PublishResult Read(RedisResult result)
    {
        RedisErrors.ThrowIfAny((string?)result[2]);
        return new PublishResult([.. ((string)result[0]!).Select(mark => mark == '1')], (int)result[1], (string)result[3]!);
    }

    private void Report(PublishResult result, string eventId)
    {
        metrics?.Published(result.IsNew.Count(isNew => isNew));
        if (result.Conflicts > 0)
        {
            LogConflict(result.Conflicts, eventId);
        }

        // Each publish meets the same refusal; it is logged once.
        bool isUnheardNow = result.ChannelError.Length > 0;
        if (isUnheardNow && !Volatile.Read(ref isUnheard))
        {
            LogUnheard(result.ChannelError);
        }

        Volatile.Write(ref isUnheard, isUnheardNow);
    }

    /// <summary>The result of a publish.</summary>
    /// <param name="IsNew">For each event, whether it was not published before.</param>
    /// <param name="Conflicts">The number of them whose id another event has used.</param>
    /// <param name="ChannelError">The error if Redis refused to publish to a channel; else empty. The event is in the journal.</param>
    private sealed record PublishResult(IReadOnlyList<bool> IsNew, int Conflicts, string ChannelError);

    /// <summary>Adds the probes of the journal's scripts.</summary>
    internal static void AddProbes(RedisProbes probes)
    {
        RedisKey stream = probes.Key("journal");
        RedisKey marker = probes.Used(EventKeys.PublishedOf($"probe-{probes.Id}"));
        byte[] body = "probe"u8.ToArray();
        probes.Add("publish.lua", async database =>
        {
            RedisResult published = await database.ScriptEvaluateAsync(PublishScript.Text, [stream, marker], [60, MarkOf(body), "events:probe", body]);
            RedisErrors.ThrowIfAny(Read(published).ChannelError);
        });
        probes.Add("status.lua", async database =>
        {
            RedisResult status = await database.ScriptEvaluateAsync(StatusScript.Text, [probes.Key("trimmed"), probes.Key("stream")], ["probe"]);
            RedisErrors.ThrowIfAny((string?)status[1][4]);
        });
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} committed events, {EventId} or later, have an id that another producer used for another event. The gateway still publishes them.")]
    private partial void LogConflict(int count, string eventId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis refuses to publish to a channel ({Reason}). Only recovery delivers events, seconds later.")]
    private partial void LogUnheard(string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis did not accept {Count} committed events from {EventId} on. The relay publishes them later.")]
    private partial void LogLeftToRelay(int count, string eventId);
}
