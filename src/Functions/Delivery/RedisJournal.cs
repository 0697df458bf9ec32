using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>The journal and the channels in Redis: the fast path from a committed event to its consumers.</summary>
/// <param name="redis">The connection.</param>
/// <param name="logger">Tells of events that are left to the relay.</param>
public sealed partial class RedisJournal(RedisConnection redis, ILogger<RedisJournal> logger)
{
    /// <summary>The journal, a stream. The hash tag keeps it and its marks on one node of a cluster.</summary>
    public const string Journal = "{events}:journal";

    /// <summary>How many entries of the journal were trimmed, so that others that are missing are noticed.</summary>
    public const string Trimmed = "{events}:trimmed";

    /// <summary>How long a publish mark keeps an event from being published again.</summary>
    public static readonly TimeSpan MarkLife = TimeSpan.FromHours(1);

    private static readonly string PublishScript = EmbeddedScript.Read("Delivery.publish.lua");

    private static readonly string JournalScript = EmbeddedScript.Read("Delivery.journal.lua");

    /// <summary>The key of an event's publish mark.</summary>
    /// <param name="eventId">The event.</param>
    /// <returns>The key.</returns>
    public static string MarkOf(string eventId) => $"{{events}}:pub:{KeyPart.Of(eventId)}";

    /// <summary>Publishes committed events: journal and channel, in one round trip. Repeating it is harmless; a failure is the relay's to mend.</summary>
    /// <param name="events">The events, in order.</param>
    /// <returns>Whether Redis has them.</returns>
    public async Task<bool> PublishAsync(IReadOnlyList<DomainEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        if (await redis.TryRunAsync(database => PublishAsync(database, events)) is not null)
        {
            return true;
        }

        LogLeftToRelay(events.Count, events[0].Id);
        return false;
    }

    /// <summary>Publishes committed events as <see cref="PublishAsync(IReadOnlyList{DomainEvent})"/> does, with the time that Redis may take for any command.</summary>
    /// <param name="events">The events, in order.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How many were not published before.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<int> PublishAsync(IReadOnlyList<DomainEvent> events, CancellationToken cancellationToken) =>
        (int)await redis.RunAsync(database => PublishAsync(database, events), cancellationToken);

    /// <summary>Puts an event into the journal, where it is not there, so that recovery tries it again. It is not published.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is there.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task JournalIfAbsentAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(domainEvent);
        return redis.RunAsync(
            database => database.ScriptEvaluateAsync(
                JournalScript, [Journal, MarkOf(domainEvent.Id)], [(long)MarkLife.TotalSeconds, EventParser.Write(domainEvent)]),
            cancellationToken);
    }

    /// <summary>How long ago events were published.</summary>
    /// <param name="eventIds">The events.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>In their order, the age of each one's publish mark; null where there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<TimeSpan?[]> MarkAgesAsync(IReadOnlyList<string> eventIds, CancellationToken cancellationToken)
    {
        TimeSpan?[] left = await redis.RunAsync(
            database => Task.WhenAll(eventIds.Select(eventId => database.KeyTimeToLiveAsync(MarkOf(eventId)))), cancellationToken);
        return [.. left.Select(life => MarkLife - life)];
    }

    private static Task<RedisResult> PublishAsync(IDatabase database, IReadOnlyList<DomainEvent> events)
    {
        RedisKey[] keys = [Journal, .. events.Select(domainEvent => (RedisKey)MarkOf(domainEvent.Id))];
        RedisValue[] values =
        [
            (long)MarkLife.TotalSeconds,
            .. events.SelectMany(domainEvent => new RedisValue[] { EventChannels.Of(domainEvent.Type), EventParser.Write(domainEvent) }),
        ];
        return database.ScriptEvaluateAsync(PublishScript, keys, values);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis did not take {Count} committed events from {EventId} on; they are left to the relay.")]
    private partial void LogLeftToRelay(int count, string eventId);
}
