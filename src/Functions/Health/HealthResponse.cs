using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Health;

namespace McpFunctions.Functions.Health;

/// <summary>The response of <c>GET health</c>.</summary>
/// <param name="Status">
/// <c>healthy</c>; <c>degraded</c>, with 200, if only consumers lag; or <c>unhealthy</c>, with 503, if Redis or storage is down.
/// </param>
/// <param name="Components">Each component; absent unless details are asked for.</param>
public sealed record HealthResponse(
    [property: AllowedValues(HealthStatus.Healthy, HealthStatus.Degraded, HealthFunctions.Unhealthy)] string Status,
    IReadOnlyList<ComponentResponse>? Components);
