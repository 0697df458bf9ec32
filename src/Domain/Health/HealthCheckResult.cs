namespace McpFunctions.Domain.Health;

/// <summary>The result of a check.</summary>
/// <param name="Status">One of <see cref="HealthStatus"/>.</param>
/// <param name="Detail">The finding, without names of servers and settings, for everybody who may see health; null if there is none.</param>
public sealed record HealthCheckResult(string Status, string? Detail)
{
    /// <summary>The component is healthy.</summary>
    public static HealthCheckResult Healthy { get; } = new(HealthStatus.Healthy, null);

    /// <summary>The component is degraded.</summary>
    /// <param name="detail">The finding.</param>
    public static HealthCheckResult Degraded(string detail) => new(HealthStatus.Degraded, detail);

    /// <summary>The health is unknown.</summary>
    /// <param name="detail">The reason.</param>
    public static HealthCheckResult Unknown(string detail) => new(HealthStatus.Unknown, detail);
}
