using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Operations;

/// <summary>The state of a pair of consumer and event type.</summary>
public sealed record PairResponse
{
    /// <summary>The event type.</summary>
    [ListedIn(typeof(EventTypes), nameof(EventTypes.All))]
    public required string Type { get; init; }

    /// <summary>The number of journal entries that no instance has read.</summary>
    [Range(0, int.MaxValue)]
    public required long Unread { get; init; }

    /// <summary>The number of journal entries that instances handle now.</summary>
    [Range(0, int.MaxValue)]
    public required long InFlight { get; init; }

    /// <summary>The number of journal entries that wait for another attempt.</summary>
    [Range(0, int.MaxValue)]
    public required long Failed { get; init; }

    /// <summary>The time at which the oldest of all these entered the journal, by the clock of Redis, which may be ahead. Absent if there is none.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? OldestAt { get; init; }

    /// <summary>The time of the last recovery tick. Absent if no app with the pair's function has run.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? LastTickAt { get; init; }
}
