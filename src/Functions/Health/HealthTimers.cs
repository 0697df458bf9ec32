using McpFunctions.Functions.Delivery;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Health;

/// <summary>Looks at the health of the gateway by itself.</summary>
/// <param name="watch">Does it.</param>
public sealed class HealthTimers(HealthWatch watch)
{
    /// <summary>Looks at all components and publishes what has changed, every five seconds.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is done.</returns>
    [Function("CheckHealth")]
    public Task Check([TimerTrigger(DeliveryTimers.EveryFiveSeconds)] TimerInfo timer, CancellationToken cancellationToken) => watch.CheckAsync(cancellationToken);
}
