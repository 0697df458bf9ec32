using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Delivery;

/// <summary>An event that a consumer could not handle, or a message that is no event.</summary>
public sealed record DeadLetter
{
    /// <summary>The consumer.</summary>
    public required string Consumer { get; init; }

    /// <summary>The event's id as a key, <c>conflict:{event id}:{hash}</c> of an event with another one's id, or <c>raw:{sha256}</c> of a message that is no event.</summary>
    public required string Id { get; init; }

    /// <summary>The event's type; absent where it is no event.</summary>
    public string? Type { get; init; }

    /// <summary>The event; absent where it is none.</summary>
    public DomainEvent? Event { get; init; }

    /// <summary>The message as it came, cut to 16,384 characters, or fewer where many are written as escapes; absent where it is an event.</summary>
    public string? Raw { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it came here.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset DeadLetteredAt { get; init; }

    /// <summary>What went wrong, the last time first: at most ten, and as many as a row holds beside the event.</summary>
    public required IReadOnlyList<DeadLetterFailure> History { get; init; }
}
