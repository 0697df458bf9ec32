namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>A timer's status in storage.</summary>
/// <param name="Last">The last time at which it fired, or <see cref="Never"/>.</param>
/// <param name="Next">The time at which it fires next.</param>
/// <param name="LastUpdated">The time from which <paramref name="Next"/> was computed.</param>
internal sealed record ScheduleStatus(DateTimeOffset Last, DateTimeOffset Next, DateTimeOffset LastUpdated)
{
    public static DateTimeOffset Never => DateTimeOffset.MinValue;
}
