using System.Text.Json;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>The timer trigger of a function.</summary>
/// <param name="Parameter">The name of the function's parameter.</param>
/// <param name="Schedule">The times at which it fires.</param>
/// <param name="RunOnStartup">Whether it also fires when the host starts.</param>
/// <param name="UseMonitor">Whether storage keeps its status, so that the timer fires at the next start after a missed time.</param>
internal sealed record TimerTrigger(string Parameter, TimerSchedule Schedule, bool RunOnStartup, bool UseMonitor)
{
    private const string TimeZoneSetting = "WEBSITE_TIME_ZONE";

    /// <exception cref="JsonException">The schedule is not valid.</exception>
    public static TimerTrigger Read(FunctionDefinition function, AppSettings settings, DateTimeOffset now)
    {
        var binding = function.Trigger;
        if (!settings.TryResolve(binding.Text("schedule") ?? "", out var expression, out var missing))
            throw new JsonException($"'%{missing}%' does not resolve to a value.");

        var schedule = TimerSchedule.Parse(expression, ZoneOf(settings));
        return new TimerTrigger(
            binding.Name,
            schedule,
            binding.Flag("runOnStartup"),
            binding.Flag("useMonitor", fallback: true) && !schedule.IsSubMinute(now)
        );
    }

    private static TimeZoneInfo ZoneOf(AppSettings settings)
    {
        if (settings[TimeZoneSetting] is not { Length: > 0 } id)
            return TimeZoneInfo.Local;

        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new JsonException($"{TimeZoneSetting}: '{id}' is not a time zone of this system.");
    }
}
