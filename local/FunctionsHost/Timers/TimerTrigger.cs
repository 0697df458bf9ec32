using System.Text.Json;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>The timer trigger of a function.</summary>
/// <param name="Parameter">The name of the function's parameter.</param>
/// <param name="Schedule">When it fires.</param>
/// <param name="RunOnStartup">Whether it also fires when the host starts.</param>
/// <param name="UseMonitor">Whether its status is kept, so that a missed time is made up for.</param>
internal sealed record TimerTrigger(string Parameter, TimerSchedule Schedule, bool RunOnStartup, bool UseMonitor)
{
    private const string TimeZoneSetting = "WEBSITE_TIME_ZONE";

    /// <exception cref="JsonException">The schedule cannot be read.</exception>
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
