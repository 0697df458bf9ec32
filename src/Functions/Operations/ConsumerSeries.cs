using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Operations;

/// <summary>The series of a consumer. Each has a value for each step.</summary>
public sealed record ConsumerSeries
{
    /// <summary>The consumer.</summary>
    [ListedIn(typeof(Subscriptions), nameof(Subscriptions.Consumers))]
    public required string Name { get; init; }

    /// <summary>The events that had an effect, whatever brought them.</summary>
    public required IReadOnlyList<long> Handled { get; init; }

    /// <summary>Those of them that only recovery brought.</summary>
    public required IReadOnlyList<long> Recovered { get; init; }

    /// <summary>The attempts that failed.</summary>
    public required IReadOnlyList<long> Failed { get; init; }

    /// <summary>The median of the seconds from an event's own time to its effect; null without an effect. At most a tenth off.</summary>
    public required IReadOnlyList<double?> LatencyMedian { get; init; }

    /// <summary>The 99th percentile of these seconds.</summary>
    public required IReadOnlyList<double?> LatencyP99 { get; init; }

    /// <summary>The events in the journals that it has not handled; null without a sample.</summary>
    public required IReadOnlyList<long?> Lag { get; init; }

    /// <summary>The age of the oldest of them in seconds.</summary>
    public required IReadOnlyList<double?> LagSeconds { get; init; }

    /// <summary>Those of them that an instance has read, and that are in work or wait for another attempt.</summary>
    public required IReadOnlyList<long?> Pending { get; init; }

    /// <summary>Its dead letters, counted up to 1,000; null without a sample.</summary>
    public required IReadOnlyList<long?> DeadLetters { get; init; }
}
