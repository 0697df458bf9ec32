namespace McpFunctions.Functions.Timers;

/// <summary>The schedule of the timers that keep delivery and health up to date.</summary>
public static class TickSchedule
{
    /// <summary>The schedule as a cron expression.</summary>
    public const string EveryFiveSeconds = "*/5 * * * * *";

    /// <summary>The same interval as a time span.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
}
