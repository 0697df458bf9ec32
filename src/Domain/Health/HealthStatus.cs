namespace McpFunctions.Domain.Health;

/// <summary>The health of a component.</summary>
public static class HealthStatus
{
    /// <summary>The component works.</summary>
    public const string Healthy = "healthy";

    /// <summary>The component does not work, or not in time.</summary>
    public const string Degraded = "degraded";

    /// <summary>The health is unknown, because a dependency of the check is down.</summary>
    public const string Unknown = "unknown";
}
