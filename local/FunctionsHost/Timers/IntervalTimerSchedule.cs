namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>Fires at a fixed interval.</summary>
internal sealed class IntervalTimerSchedule(TimeSpan interval) : TimerSchedule
{
    public override bool AdjustForDst => false;

    public override bool IsSubMinute(DateTimeOffset now) => interval < TimeSpan.FromMinutes(1);

    public override DateTimeOffset NextAfter(DateTimeOffset time) => time + interval;

    public override string ToString() => $"Constant: {interval}";
}
