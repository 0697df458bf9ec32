using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Delivery;

/// <summary>How a consumer is doing.</summary>
public sealed record ConsumerAnswer
{
    /// <summary>The consumer.</summary>
    public required string Name { get; init; }

    /// <summary>How many events the fast path brought it since Redis was last empty.</summary>
    public required long Delivered { get; init; }

    /// <summary>How many events recovery brought it that the fast path had not, since Redis was last empty.</summary>
    public required long Recovered { get; init; }

    /// <summary>How many events of the journal it has not acknowledged. In quiet times the last seconds' events, which recovery has yet to look at.</summary>
    public required long Pending { get; init; }

    /// <summary>How long the oldest of them has been in the journal, in seconds.</summary>
    public required double LagSeconds { get; init; }

    /// <summary>How many dead letters it has; counted up to 1,000.</summary>
    public required int DeadLetters { get; init; }

    /// <summary>How many replay jobs it has yet to finish.</summary>
    public required int OpenReplays { get; init; }

    /// <summary>Every event that was published before it has had its effect, is in the dead letters or belongs to a replay; absent before its first tick.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? LowWater { get; init; }

    /// <summary>The id of the last event that it handled; absent where there was none since Redis was last empty.</summary>
    public string? LastEventId { get; init; }

    /// <summary>When that was.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? LastEventAt { get; init; }
}
