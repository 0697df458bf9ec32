using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Notifications;

/// <summary>A message to a user about an event.</summary>
public sealed record Notification
{
    /// <summary>Its position in the inbox. Later notifications have greater sequences. Zero until it is in the inbox.</summary>
    [Range(1, int.MaxValue)]
    public long Sequence { get; init; }

    /// <summary>The kind of notification in the decision record's words, for example <c>file:new</c>.</summary>
    [MinLength(1), RegularExpression("^[a-z]+:[a-z]+$")]
    public required string Name { get; init; }

    /// <summary>The event's id. After a loss of Redis a client may see a notification twice, with the same event id.</summary>
    [StringLength(EventParser.MaxIdLength, MinimumLength = 1)]
    public required string EventId { get; init; }

    /// <summary>The time of the event.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The request's correlation id.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The event's payload.</summary>
    [JsonObjectValue]
    public required JsonElement Payload { get; init; }
}
