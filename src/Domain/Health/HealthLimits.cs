namespace McpFunctions.Domain.Health;

/// <summary>The limits for changes of health.</summary>
/// <param name="Samples">The number of equal checks in a row that change the health of a component.</param>
/// <param name="Dwell">The shortest time between two changes, so that an unstable component does not fill the log.</param>
public sealed record HealthLimits(int Samples, TimeSpan Dwell);
