namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>A clock that is off.</summary>
public sealed class ShiftedTime(TimeSpan by) : TimeProvider
{
    /// <summary>How far it is off.</summary>
    public TimeSpan By { get; set; } = by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
}
