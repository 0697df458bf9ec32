namespace McpFunctions.Functions.Health;

/// <summary>The answer of <c>GET health</c>.</summary>
/// <param name="Status">
/// <c>healthy</c>; <c>degraded</c>, with 200, where only consumers lag; or <c>unhealthy</c>, with 503, where Redis or storage is down.
/// </param>
/// <param name="Components">Each component; absent unless details are asked for.</param>
public sealed record HealthAnswer(string Status, IReadOnlyList<ComponentAnswer>? Components);
