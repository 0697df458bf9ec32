using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Operations;

/// <summary>The state of a consumer.</summary>
public sealed record ConsumerResponse
{
    /// <summary>The consumer.</summary>
    [ListedIn(typeof(Subscriptions), nameof(Subscriptions.Consumers))]
    public required string Name { get; init; }

    /// <summary>The number of events that it handled after a doorbell since Redis was last empty.</summary>
    [Range(0, int.MaxValue)]
    public required long Delivered { get; init; }

    /// <summary>The number of events that only recovery brought since Redis was last empty.</summary>
    [Range(0, int.MaxValue)]
    public required long Recovered { get; init; }

    /// <summary>The number of journal entries that it has not acknowledged.</summary>
    [Range(0, int.MaxValue)]
    public required long Pending { get; init; }

    /// <summary>The age of the oldest of them in seconds.</summary>
    [Range(0, int.MaxValue)]
    public required double LagSeconds { get; init; }

    /// <summary>The number of its dead letters, counted up to 1,000.</summary>
    [Range(0, int.MaxValue)]
    public required int DeadLetters { get; init; }

    /// <summary>The number of its unfinished replay jobs.</summary>
    [Range(0, int.MaxValue)]
    public required int OpenReplays { get; init; }

    /// <summary>The low watermark: every event published before this time was handled, is a dead letter or belongs to a replay. The earliest of its pairs. Absent before the first tick.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? LowWatermark { get; init; }

    /// <summary>The state of each of its pairs.</summary>
    public required IReadOnlyList<PairResponse> Pairs { get; init; }

    /// <summary>The id of the last event that it handled; absent if there is none since Redis was last empty.</summary>
    public string? LastEventId { get; init; }

    /// <summary>The time at which it handled that event.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? LastEventAt { get; init; }
}
