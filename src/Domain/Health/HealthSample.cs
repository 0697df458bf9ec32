namespace McpFunctions.Domain.Health;

/// <summary>One check of one component.</summary>
/// <param name="Component">The component.</param>
/// <param name="IsEssential">Whether the gateway does not work without it.</param>
/// <param name="Result">The result.</param>
/// <param name="Latency">The duration of the check.</param>
public sealed record HealthSample(string Component, bool IsEssential, HealthCheckResult Result, TimeSpan Latency);
