using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Consumers;

/// <summary>An event that a consumer could not handle, or a message that is not an event.</summary>
public sealed record DeadLetter
{
    /// <summary>The consumer.</summary>
    [ListedIn(typeof(Subscriptions), nameof(Subscriptions.Consumers))]
    public required string Consumer { get; init; }

    /// <summary>The event's id; <c>conflict:{event id}:{hash}</c> for an event with another event's id; <c>raw:{sha256}</c> for a message that is not an event.</summary>
    [MinLength(1)]
    public required string Id { get; init; }

    /// <summary>The event's type; absent if the message is not an event.</summary>
    public string? Type { get; init; }

    /// <summary>The event; absent if the message is not an event.</summary>
    public DomainEvent? Event { get; init; }

    /// <summary>The original message, cut to 16,384 characters, or fewer if JSON escapes many of them. Absent for an event.</summary>
    public string? Raw { get; init; }

    /// <summary>The number of attempts.</summary>
    [Range(0, int.MaxValue)]
    public required int Attempts { get; init; }

    /// <summary>The time at which it became a dead letter.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset DeadLetteredAt { get; init; }

    /// <summary>The newest failures, newest first: at most ten, and as many as fit into a row beside the event.</summary>
    public required IReadOnlyList<DeadLetterFailure> History { get; init; }
}
