using System.Globalization;
using System.Text.Json;
using NCrontab;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>The times at which a timer fires.</summary>
internal abstract class TimerSchedule
{
    /// <summary>Whether the times are local times, which daylight saving moves.</summary>
    public abstract bool AdjustForDst { get; }

    /// <summary>Whether it fires more than once a minute. Such a timer keeps no status, so it is never past due.</summary>
    public abstract bool IsSubMinute(DateTimeOffset now);

    /// <summary>The first time after the given one.</summary>
    public abstract DateTimeOffset NextAfter(DateTimeOffset time);

    /// <summary>Parses an NCRONTAB expression (six fields with seconds first, or five without) or a <see cref="TimeSpan"/>.</summary>
    /// <exception cref="JsonException">The expression is neither.</exception>
    public static TimerSchedule Parse(string expression, TimeZoneInfo zone)
    {
        var includingSeconds = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != 5;
        if (CrontabSchedule.TryParse(expression, new CrontabSchedule.ParseOptions { IncludingSeconds = includingSeconds }) is { } cron)
            return new CronTimerSchedule(cron, zone);
        if (TimeSpan.TryParse(expression, CultureInfo.InvariantCulture, out var interval) && interval > TimeSpan.Zero)
            return new IntervalTimerSchedule(interval);
        throw new JsonException(
            $"The schedule expression '{expression}' was not recognized as a valid cron expression or timespan string."
        );
    }
}
