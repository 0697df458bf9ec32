namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>What storage keeps of a timer.</summary>
/// <param name="Last">When it last fired; <see cref="Never"/> before the first time.</param>
/// <param name="Next">The time at which it fires next.</param>
/// <param name="LastUpdated">The time from which <paramref name="Next"/> was computed.</param>
internal sealed record ScheduleStatus(DateTimeOffset Last, DateTimeOffset Next, DateTimeOffset LastUpdated)
{
    public static DateTimeOffset Never => DateTimeOffset.MinValue;
}
