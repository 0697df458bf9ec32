using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Health;

/// <summary>The payload of <c>system.health.degraded</c>.</summary>
/// <param name="Component">The component: <c>redis</c>, <c>tables</c>, <c>blobs</c> or <c>consumer:{name}</c>.</param>
/// <param name="Previous">The previous status, one of <see cref="HealthStatus"/>.</param>
/// <param name="Current">The current status, one of <see cref="HealthStatus"/>.</param>
/// <param name="Detail">The finding, without names of servers; absent if there is none.</param>
public sealed record HealthDegraded(
    string Component,
    [property: Examples(HealthStatus.Healthy)] string Previous,
    [property: Examples(HealthStatus.Degraded)] string Current,
    string? Detail) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.SystemHealthDegraded;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => HealthEventsJsonContext.Wire.HealthDegraded;
}

/// <summary>The payload of <c>system.health.restored</c>.</summary>
/// <param name="Component">The component: <c>redis</c>, <c>tables</c>, <c>blobs</c> or <c>consumer:{name}</c>.</param>
/// <param name="Previous">The previous status, one of <see cref="HealthStatus"/>.</param>
/// <param name="Current">The current status, one of <see cref="HealthStatus"/>.</param>
/// <param name="Detail">The finding, without names of servers; absent if there is none.</param>
public sealed record HealthRestored(
    string Component,
    [property: Examples(HealthStatus.Degraded)] string Previous,
    [property: Examples(HealthStatus.Healthy)] string Current,
    string? Detail) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.SystemHealthRestored;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => HealthEventsJsonContext.Wire.HealthRestored;
}
