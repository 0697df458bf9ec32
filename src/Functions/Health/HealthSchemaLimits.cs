using McpFunctions.Domain.Health;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Health;

/// <summary>The limits that the documents show.</summary>
internal static class HealthSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Add<HealthResponse>(nameof(HealthResponse.Status), OneOf(HealthStatus.Healthy, HealthStatus.Degraded, HealthFunctions.Unhealthy))
        .Add<ComponentResponse>(nameof(ComponentResponse.Component), Text(1, pattern: "^(redis|tables|blobs|consumer:[a-z]+)$"))
        .Add<ComponentResponse>(nameof(ComponentResponse.Status), OneOf(HealthStatus.Healthy, HealthStatus.Degraded, HealthStatus.Unknown))
        .Add<ComponentResponse>(nameof(ComponentResponse.LatencyMs), AtLeast(0))
        .Add<HealthDegraded>(nameof(HealthDegraded.Previous), Known(HealthStatus.Healthy))
        .Add<HealthDegraded>(nameof(HealthDegraded.Current), Known(HealthStatus.Degraded))
        .Add<HealthRestored>(nameof(HealthRestored.Previous), Known(HealthStatus.Degraded))
        .Add<HealthRestored>(nameof(HealthRestored.Current), Known(HealthStatus.Healthy));
}
