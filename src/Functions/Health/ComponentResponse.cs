using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Health;

namespace McpFunctions.Functions.Health;

/// <summary>The health of a component.</summary>
/// <param name="Component"><c>redis</c>, <c>tables</c>, <c>blobs</c> or <c>consumer:{name}</c>.</param>
/// <param name="Status">One of <see cref="HealthStatus"/>.</param>
/// <param name="LatencyMs">The duration of the check in milliseconds.</param>
/// <param name="Detail">The finding of the check; absent if there is none.</param>
public sealed record ComponentResponse(
    [property: MinLength(1), RegularExpression("^(redis|tables|blobs|consumer:[a-z]+)$")] string Component,
    [property: AllowedValues(HealthStatus.Healthy, HealthStatus.Degraded, HealthStatus.Unknown)] string Status,
    [property: Range(0, int.MaxValue)] double LatencyMs,
    string? Detail)
{
    /// <summary>Makes the response for a check.</summary>
    /// <param name="sample">The look.</param>
    public static ComponentResponse Of(HealthSample sample) =>
        new(sample.Component, sample.Result.Status, Math.Round(sample.Latency.TotalMilliseconds, 1), sample.Result.Detail);
}
