namespace McpFunctions.Domain.Health;

/// <summary>The last published health of a component.</summary>
/// <param name="Component">The component.</param>
/// <param name="Status">One of <see cref="HealthStatus"/>.</param>
/// <param name="Since">The time of the change.</param>
/// <param name="PublishedAt">The time of the event, which is later than <paramref name="Since"/> if storage was down.</param>
public sealed record HealthRow(string Component, string Status, DateTimeOffset Since, DateTimeOffset PublishedAt)
{
    /// <summary>The prefix of the row keys in the partition <see cref="Delivery.StateKeys.System"/>.</summary>
    public const string RowPrefix = "health:";
}
