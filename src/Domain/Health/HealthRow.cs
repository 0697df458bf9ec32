namespace McpFunctions.Domain.Health;

/// <summary>What was last published of a component.</summary>
/// <param name="Component">The component.</param>
/// <param name="Status">One of <see cref="HealthStatus"/>.</param>
/// <param name="Since">When it was seen to be so.</param>
/// <param name="PublishedAt">The time of the event that told of it: later than <paramref name="Since"/> where storage was down.</param>
public sealed record HealthRow(string Component, string Status, DateTimeOffset Since, DateTimeOffset PublishedAt)
{
    /// <summary>What the row keys begin with, in the partition <see cref="Delivery.StateKeys.System"/>.</summary>
    public const string RowPrefix = "health:";
}
