namespace McpFunctions.Functions.Operations;

/// <summary>The health of a component.</summary>
/// <param name="Component">The component.</param>
/// <param name="Status">Its status at the end of each step: <c>healthy</c>, <c>degraded</c> or <c>unknown</c>; null where it was not checked.</param>
public sealed record HealthSeries(string Component, IReadOnlyList<string?> Status);
