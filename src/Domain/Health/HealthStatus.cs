namespace McpFunctions.Domain.Health;

/// <summary>What a component may be.</summary>
public static class HealthStatus
{
    /// <summary>It does its part.</summary>
    public const string Healthy = "healthy";

    /// <summary>It does not, or not in time.</summary>
    public const string Degraded = "degraded";

    /// <summary>It cannot be told: what would tell is down itself.</summary>
    public const string Unknown = "unknown";
}
