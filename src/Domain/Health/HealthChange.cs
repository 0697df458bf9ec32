namespace McpFunctions.Domain.Health;

/// <summary>A change of a component's state that this process has seen.</summary>
/// <param name="Status">What it is now, one of <see cref="HealthStatus"/>.</param>
/// <param name="At">When that was seen.</param>
/// <param name="Detail">What was seen; null where there is nothing to say.</param>
internal sealed record HealthChange(string Status, DateTimeOffset At, string? Detail);
