using McpFunctions.Functions.Timers;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Health;

/// <summary>Checks the health of the gateway in the background.</summary>
/// <param name="watch">Runs the checks.</param>
public sealed class HealthTimers(HealthWatch watch)
{
    /// <summary>Checks all components every five seconds and publishes changes.</summary>
    [Function("CheckHealth")]
    public Task Check([TimerTrigger(TickSchedule.EveryFiveSeconds)] TimerInfo timer, CancellationToken cancellationToken) => watch.CheckAsync(cancellationToken);
}
