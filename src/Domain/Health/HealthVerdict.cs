namespace McpFunctions.Domain.Health;

/// <summary>What a look at a component gave.</summary>
/// <param name="Status">One of <see cref="HealthStatus"/>.</param>
/// <param name="Detail">In words that may be shown to anybody who may see health: no names of servers, no settings; null where there is nothing to say.</param>
public sealed record HealthVerdict(string Status, string? Detail)
{
    /// <summary>All is well.</summary>
    public static HealthVerdict Good { get; } = new(HealthStatus.Healthy, null);

    /// <summary>It is not well.</summary>
    /// <param name="detail">In what way.</param>
    /// <returns>The verdict.</returns>
    public static HealthVerdict Bad(string detail) => new(HealthStatus.Degraded, detail);

    /// <summary>It cannot be told.</summary>
    /// <param name="detail">Why.</param>
    /// <returns>The verdict.</returns>
    public static HealthVerdict Unknown(string detail) => new(HealthStatus.Unknown, detail);
}
