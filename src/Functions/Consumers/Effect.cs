using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Consumers;

/// <summary>The outcome of an event at a consumer, for operators who watch. It holds no payload.</summary>
public sealed record Effect
{
    /// <summary>The consumer handled the event.</summary>
    public const string Handled = "handled";

    /// <summary>An attempt failed, and another one follows.</summary>
    public const string Failed = "failed";

    /// <summary>The event became a dead letter, or failed as one again.</summary>
    public const string DeadLettered = "deadLettered";

    /// <summary>An operator discarded the dead letter.</summary>
    public const string Discarded = "discarded";

    /// <summary>A message of the channel brought the event.</summary>
    public const string Doorbell = "doorbell";

    /// <summary>Recovery brought the event.</summary>
    public const string Recovery = "recovery";

    /// <summary>A replay brought the event.</summary>
    public const string Replay = "replay";

    /// <summary>An operator retried, edited or discarded a dead letter.</summary>
    public const string Operator = "operator";

    private const int MaxErrorLength = 200;

    /// <summary>The event.</summary>
    public required string EventId { get; init; }

    /// <summary>The type of the event.</summary>
    public required string Type { get; init; }

    /// <summary>The consumer.</summary>
    public required string Consumer { get; init; }

    /// <summary>The outcome: <see cref="Handled"/>, <see cref="Failed"/>, <see cref="DeadLettered"/> or <see cref="Discarded"/>.</summary>
    public required string Result { get; init; }

    /// <summary>What brought it: <see cref="Doorbell"/>, <see cref="Recovery"/>, <see cref="Replay"/> or <see cref="Operator"/>.</summary>
    public required string Source { get; init; }

    /// <summary>The time of the outcome.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset At { get; init; }

    /// <summary>The milliseconds from the event's own time to the outcome; zero where the clock of its producer is ahead.</summary>
    public required long LatencyMs { get; init; }

    /// <summary>The user whom the event concerns.</summary>
    public string? UserId { get; init; }

    /// <summary>The correlation id of the event.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The error, of at most 200 characters.</summary>
    public string? Error { get; init; }

    /// <summary>Describes an outcome.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="result">The outcome.</param>
    /// <param name="source">What brought the event.</param>
    /// <param name="at">The time of the outcome.</param>
    /// <param name="error">The error; null without one.</param>
    /// <returns>The effect.</returns>
    public static Effect Of(DomainEvent domainEvent, string consumer, string result, string source, DateTimeOffset at, string? error = null) =>
        new Effect
        {
            EventId = domainEvent.Id,
            Type = domainEvent.Type,
            Consumer = consumer,
            Result = result,
            Source = source,
            At = at,
            LatencyMs = at > domainEvent.Timestamp ? (long)(at - domainEvent.Timestamp).TotalMilliseconds : 0,
            UserId = domainEvent.Metadata.UserId,
            CorrelationId = domainEvent.CorrelationId,
            Error = error?.Length > MaxErrorLength ? error[..MaxErrorLength] : error,
        };
}
