using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Notifications;

/// <summary>What a user is told of an event.</summary>
public sealed record Notification
{
    /// <summary>Its place in the user's inbox: later ones are greater. Zero until it is in the inbox.</summary>
    public long Sequence { get; init; }

    /// <summary>What it is, in the decision record's words, for example <c>file:new</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The event's id; after a loss of Redis a client may see a notification twice and tells by this.</summary>
    public required string EventId { get; init; }

    /// <summary>When it happened.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The request's correlation id.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The event's payload.</summary>
    public required JsonElement Payload { get; init; }
}
