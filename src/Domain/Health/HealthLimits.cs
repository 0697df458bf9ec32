namespace McpFunctions.Domain.Health;

/// <summary>When a component's state counts as changed.</summary>
/// <param name="Samples">After so many equal looks in a row.</param>
/// <param name="Dwell">And not sooner after the last change than this, so that a component that comes and goes does not fill the log.</param>
public sealed record HealthLimits(int Samples, TimeSpan Dwell);
