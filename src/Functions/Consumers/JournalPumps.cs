using System.Collections.Concurrent;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Consumers;

/// <summary>The pumps of all pairs of this process. At shutdown they stop reading, finish their entries or hand them back.</summary>
/// <param name="redis">The connection of the pumps.</param>
/// <param name="instance">This process.</param>
/// <param name="attempts">Hands events to consumers.</param>
/// <param name="deadLetters">Stores events that keep failing.</param>
/// <param name="statistics">Counts handled events.</param>
/// <param name="metrics">Measures the way of events to their effects.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs failures.</param>
public sealed class JournalPumps(
    PumpRedis redis,
    GatewayInstance instance,
    ConsumerAttempt attempts,
    DeadLetters deadLetters,
    ConsumerStatistics statistics,
    DeliveryMetrics metrics,
    TimeProvider time,
    ILogger<JournalPump> logger) : IHostedService, IDisposable
{
    // The host waits longer for its services.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Consumer, string Type), JournalPump> pumps = new();
    private readonly PumpLifetime lifetime = new();

    /// <summary>The pump of a pair.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <returns>The same pump for each call.</returns>
    public JournalPump Of(IEventConsumer consumer, string type) => pumps.GetOrAdd((consumer.Name, type), _ =>
    {
        var journal = new PairJournal(redis, instance, consumer.Name, type);
        var settlement = new EntrySettlement(journal, deadLetters, statistics, logger);
        return new JournalPump(consumer, journal, settlement, attempts, lifetime, metrics, time, logger);
    });

    /// <summary>Settles the entries of all pairs for which Redis did not confirm it.</summary>
    /// <returns>A task that ends when Redis has confirmed them, or has failed again.</returns>
    internal Task SettleAgainAsync() => Task.WhenAll(pumps.Values.Select(pump => pump.SettleAgainAsync()));

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lifetime.StopReading();
        Task idle = Task.WhenAll(pumps.Values.Select(pump => pump.IdleAsync()));
        await Task.WhenAny(idle, Task.Delay(ShutdownTimeout, time, cancellationToken));
        await lifetime.CancelHandlersAsync();
        await Task.WhenAny(idle, Task.Delay(ShutdownTimeout, time, cancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose() => lifetime.Dispose();
}
