namespace McpFunctions.Domain.Health;

/// <summary>A change of a component's health.</summary>
/// <param name="Status">The new status, one of <see cref="HealthStatus"/>.</param>
/// <param name="At">The time of the check.</param>
/// <param name="Detail">The finding of the check; null if there is none.</param>
internal sealed record HealthChange(string Status, DateTimeOffset At, string? Detail);
