using System.Globalization;
using System.Text.Json;
using NCrontab;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>When a timer fires.</summary>
internal abstract class TimerSchedule
{
    /// <summary>Whether its times are of the clock on the wall, which daylight saving moves.</summary>
    public abstract bool AdjustForDst { get; }

    /// <summary>Whether it fires more than once a minute: then nothing is kept of its runs, and it is never past due.</summary>
    public abstract bool IsSubMinute(DateTimeOffset now);

    /// <summary>The first time after this one.</summary>
    public abstract DateTimeOffset NextAfter(DateTimeOffset time);

    /// <summary>Reads an NCRONTAB expression (seconds first; five fields have none) or a <see cref="TimeSpan"/>.</summary>
    /// <exception cref="JsonException">It is neither.</exception>
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
