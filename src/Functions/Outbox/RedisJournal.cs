using System.Security.Cryptography;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>The journal and the channels in Redis: the fast path from a committed event to its consumers.</summary>
/// <param name="redis">The connection.</param>
/// <param name="logger">Logs events that the relay must publish.</param>
public sealed partial class RedisJournal(RedisConnection redis, ILogger<RedisJournal> logger)
{
    /// <summary>The journal, a stream. The hash tag keeps it and its markers on one node of a cluster.</summary>
    public const string Journal = EventKeys.Journal;

    /// <summary>The number of trimmed entries, which reveals other missing entries.</summary>
    public const string Trimmed = "{events}:trimmed";

    /// <summary>The lifetime of a published marker. It prevents that an event is published twice or its id used for another event.</summary>
    public static readonly TimeSpan PublishedMarkerLifetime = TimeSpan.FromHours(1);

    // The version of the hashed content. Markers of another version cannot be compared.
    private const string MarkVersion = "1:";
    private const int MarkHashBytes = 16;

    private static readonly string PublishScript = EmbeddedScript.Read("Outbox.publish.lua");

    private static readonly string JournalScript = EmbeddedScript.Read("Outbox.journal.lua");

    private bool isUnheard;

    /// <summary>The key of an event's published marker.</summary>
    /// <param name="eventId">The event.</param>
    /// <returns>The key.</returns>
    public static string MarkOf(string eventId) => $"{{events}}:pub:{KeyPart.Of(eventId)}";

    /// <summary>The value of an event's published marker. Another event with the same id has another value.</summary>
    /// <param name="body">The event as <see cref="EventParser.Write"/> writes it, whatever form its producer used.</param>
    /// <returns>The format version and the hash.</returns>
    public static string MarkOf(ReadOnlySpan<byte> body) => $"{MarkVersion}{Convert.ToHexStringLower(SHA256.HashData(body)[..MarkHashBytes])}";

    /// <summary>Publishes committed events to journal and channel, in one round trip. Repeating it is harmless. After a failure, the relay publishes.</summary>
    /// <param name="events">The events, in order.</param>
    /// <returns>True if Redis has them.</returns>
    public async Task<bool> PublishAsync(IReadOnlyList<DomainEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (await redis.RunBestEffortAsync(database => PublishAsync(database, events)) is { } result)
        {
            Report(result, events[0].Id);
            return true;
        }

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
        ArgumentNullException.ThrowIfNull(events);
        PublishResult result = await redis.RunAsync(database => PublishAsync(database, events), cancellationToken);
        Report(result, events[0].Id);
        return result.Published;
    }

    /// <summary>Puts an event into the journal if it is missing there, so that recovery tries it again. Does not publish it.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>False if the journal has another event with its id.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<bool> JournalIfAbsentAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(domainEvent);
        byte[] body = EventParser.Write(domainEvent);
        RedisResult result = await redis.RunAsync(
            database => database.ScriptEvaluateAsync(
                JournalScript, [Journal, MarkOf(domainEvent.Id)], [(long)PublishedMarkerLifetime.TotalSeconds, MarkOf(body), body]),
            cancellationToken);
        return (int)result >= 0;
    }

    /// <summary>Compares an event with the published marker of its id.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True if the marker belongs to the event, false if it belongs to another event; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<bool?> IsPublishedAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(domainEvent);
        string? mark = await redis.RunAsync(database => database.StringGetAsync(MarkOf(domainEvent.Id)), cancellationToken);
        return mark is null ? null : !mark.StartsWith(MarkVersion, StringComparison.Ordinal) || mark == MarkOf(EventParser.Write(domainEvent));
    }

    /// <summary>Reads how long ago events were published.</summary>
    /// <param name="eventIds">The events.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The age of each event's published marker, in the same order; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<TimeSpan?[]> MarkAgesAsync(IReadOnlyList<string> eventIds, CancellationToken cancellationToken)
    {
        TimeSpan?[] left = await redis.RunAsync(
            database => Task.WhenAll(eventIds.Select(eventId => database.KeyTimeToLiveAsync(MarkOf(eventId)))), cancellationToken);
        return [.. left.Select(life => PublishedMarkerLifetime - life)];
    }

    private static Task<PublishResult> PublishAsync(IDatabase database, IReadOnlyList<DomainEvent> events) => PublishAsync(
        database,
        Journal,
        [.. events.Select(domainEvent => ((RedisKey)MarkOf(domainEvent.Id), EventChannels.Of(domainEvent.Type), EventParser.Write(domainEvent)))]);

    /// <summary>Runs the script that publishes.</summary>
    /// <param name="database">Redis.</param>
    /// <param name="journal">The journal.</param>
    /// <param name="events">For each event its marker, its channel and its JSON.</param>
    /// <returns>The outcome.</returns>
    /// <exception cref="RedisServerException">Redis refused one of the events. It has tried the others.</exception>
    internal static async Task<PublishResult> PublishAsync(IDatabase database, RedisKey journal, IReadOnlyList<(RedisKey Marker, string Channel, byte[] Body)> events)
    {
        RedisKey[] keys = [journal, .. events.Select(each => each.Marker)];
        RedisValue[] values =
        [
            (long)PublishedMarkerLifetime.TotalSeconds,
            .. events.SelectMany(each => new RedisValue[] { MarkOf(each.Body), each.Channel, each.Body }),
        ];
        RedisResult result = await database.ScriptEvaluateAsync(PublishScript, keys, values);
        if ((string)result[2]! is { Length: > 0 } failure)
        {
            throw new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, failure);
        }

        return new PublishResult((int)result[0], (int)result[1], (string)result[3]!);
    }

    private void Report(PublishResult result, string eventId)
    {
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
    /// <param name="Published">The number of events that were not published before.</param>
    /// <param name="Conflicts">The number of them whose id another event has used.</param>
    /// <param name="ChannelError">The error if Redis refused to publish to a channel; else empty. The event is in the journal.</param>
    internal sealed record PublishResult(int Published, int Conflicts, string ChannelError);

    /// <summary>Adds the probes of the journal's scripts.</summary>
    internal static void AddProbes(RedisProbes probes)
    {
        RedisKey stream = probes.Key("journal");
        RedisKey marker = probes.Used(MarkOf($"probe-{probes.Id}"));
        RedisKey otherMarker = probes.Used(MarkOf($"probe-{probes.Id}-journal"));
        byte[] body = "probe"u8.ToArray();
        probes.Add("publish.lua", async database =>
        {
            if ((await PublishAsync(database, stream, [(marker, "events:probe", body)])).ChannelError is { Length: > 0 } refusal)
            {
                throw new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, refusal);
            }
        });
        probes.AddScript("Outbox.journal.lua", [stream, otherMarker], [60, MarkOf(body), body]);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} committed events, {EventId} or later, have an id that another producer used for another event. The gateway still publishes them.")]
    private partial void LogConflict(int count, string eventId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis refuses to publish to a channel ({Reason}). Only recovery delivers events, seconds later.")]
    private partial void LogUnheard(string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis did not accept {Count} committed events from {EventId} on. The relay publishes them later.")]
    private partial void LogLeftToRelay(int count, string eventId);
}
