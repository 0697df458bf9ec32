namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>
/// A running clock that is ahead of the real time or behind it. A fake clock stands still between steps, so the waits of a
/// whole recovery with its pumps and the batches of its audit log would not end.
/// </summary>
public sealed class ShiftedTime(TimeSpan by) : TimeProvider
{
    /// <summary>How far the clock is ahead; negative when it is behind.</summary>
    public TimeSpan By { get; set; } = by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
}
