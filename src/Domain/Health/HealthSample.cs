namespace McpFunctions.Domain.Health;

/// <summary>One look at one component.</summary>
/// <param name="Component">The component.</param>
/// <param name="IsEssential">Whether the gateway does not do its work without it.</param>
/// <param name="Verdict">What there was to see.</param>
/// <param name="Latency">How long the look took.</param>
public sealed record HealthSample(string Component, bool IsEssential, HealthVerdict Verdict, TimeSpan Latency);
