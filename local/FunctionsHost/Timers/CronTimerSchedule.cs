using NCrontab;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>Fires at local times of a time zone.</summary>
internal sealed class CronTimerSchedule(CrontabSchedule cron, TimeZoneInfo zone) : TimerSchedule
{
    public override bool AdjustForDst => true;

    public override bool IsSubMinute(DateTimeOffset now)
    {
        var wall = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        return cron.GetNextOccurrences(wall, wall.AddMinutes(1)).Skip(1).Any();
    }

    public override DateTimeOffset NextAfter(DateTimeOffset time)
    {
        var next = cron.GetNextOccurrence(TimeZoneInfo.ConvertTime(time, zone).DateTime);

        // Daylight saving skips some local times. Fire right after the change instead.
        while (zone.IsInvalidTime(next))
            next = next.AddMinutes(30);

        // Daylight saving repeats some local times. Fire only at the first.
        var offset = zone.IsAmbiguousTime(next) ? zone.GetAmbiguousTimeOffsets(next).Max() : zone.GetUtcOffset(next);
        var result = new DateTimeOffset(next, offset);
        return result > time ? result : new DateTimeOffset(next, zone.GetAmbiguousTimeOffsets(next).Min());
    }

    public override string ToString() => $"Cron: '{cron}'";
}
