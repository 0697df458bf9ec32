using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Health;

/// <summary>The payload of <c>system.health.degraded</c>.</summary>
/// <param name="Component">What it is about: <c>redis</c>, <c>tables</c>, <c>blobs</c> or <c>consumer:{name}</c>.</param>
/// <param name="Previous">What it was, one of <see cref="HealthStatus"/>.</param>
/// <param name="Current">What it is, one of <see cref="HealthStatus"/>.</param>
/// <param name="Detail">In words, without names of servers; absent where there is nothing to say.</param>
public sealed record HealthDegraded(string Component, string Previous, string Current, string? Detail) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.SystemHealthDegraded;
}

/// <summary>The payload of <c>system.health.restored</c>.</summary>
/// <param name="Component">What it is about: <c>redis</c>, <c>tables</c>, <c>blobs</c> or <c>consumer:{name}</c>.</param>
/// <param name="Previous">What it was, one of <see cref="HealthStatus"/>.</param>
/// <param name="Current">What it is, one of <see cref="HealthStatus"/>.</param>
/// <param name="Detail">In words, without names of servers; absent where there is nothing to say.</param>
public sealed record HealthRestored(string Component, string Previous, string Current, string? Detail) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.SystemHealthRestored;
}
