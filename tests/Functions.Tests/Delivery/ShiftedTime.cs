namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>A clock that is ahead of the real time or behind it.</summary>
public sealed class ShiftedTime(TimeSpan by) : TimeProvider
{
    /// <summary>How far the clock is ahead; negative when it is behind.</summary>
    public TimeSpan By { get; set; } = by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
}
