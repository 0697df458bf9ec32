using System.Collections.Concurrent;
using McpFunctions.Domain.Delivery;
using Microsoft.Extensions.Hosting;

namespace McpFunctions.Functions.Consumers;

/// <summary>The pumps of all pairs of this process. At shutdown they stop reading, finish their entries or hand them back.</summary>
/// <param name="services">What the pumps share.</param>
public sealed class JournalPumps(PumpServices services) : IHostedService
{
    // The host waits longer for its services.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Consumer, string Type), JournalPump> pumps = new();

    /// <summary>The pump of a pair.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <returns>The same pump for each call.</returns>
    public JournalPump Of(IEventConsumer consumer, string type) =>
        pumps.GetOrAdd((consumer.Name, type), _ => new JournalPump(services, consumer, type));

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        services.StopReading();
        Task idle = Task.WhenAll(pumps.Values.Select(pump => pump.IdleAsync()));
        await Task.WhenAny(idle, Task.Delay(ShutdownTimeout, services.Time, cancellationToken));
        await services.CancelHandlersAsync();
        await Task.WhenAny(idle, Task.Delay(ShutdownTimeout, services.Time, cancellationToken));
    }
}
