using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Consumers;

/// <summary>What the pumps of all pairs share.</summary>
/// <param name="redis">The connection of the pumps.</param>
/// <param name="instance">This process.</param>
/// <param name="attempts">Hands events to consumers.</param>
/// <param name="deadLetters">Stores events that keep failing.</param>
/// <param name="statistics">Counts handled events.</param>
/// <param name="metrics">Measures the way of events to their effects.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs failures.</param>
public sealed class PumpServices(
    PumpRedis redis,
    GatewayInstance instance,
    ConsumerAttempt attempts,
    DeadLetters deadLetters,
    ConsumerStatistics statistics,
    DeliveryMetrics metrics,
    TimeProvider time,
    ILogger<JournalPump> logger) : IDisposable
{
    private readonly CancellationTokenSource stopping = new();

    /// <summary>The connection of the pumps.</summary>
    public PumpRedis Redis => redis;

    /// <summary>This process.</summary>
    public GatewayInstance Instance => instance;

    /// <summary>Hands events to consumers.</summary>
    public ConsumerAttempt Attempts => attempts;

    /// <summary>Stores events that keep failing.</summary>
    public DeadLetters DeadLetters => deadLetters;

    /// <summary>Counts handled events.</summary>
    public ConsumerStatistics Statistics => statistics;

    /// <summary>Measures the way of events to their effects.</summary>
    public DeliveryMetrics Metrics => metrics;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Logs failures.</summary>
    public ILogger Logger => logger;

    /// <summary>Cancelled when the pumps must hand back what they have in work.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Whether the pumps must read nothing more.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Stops the reading.</summary>
    public void StopReading() => IsDraining = true;

    /// <summary>Cancels the handlers. Their entries are handed back.</summary>
    public Task CancelHandlersAsync() => stopping.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => stopping.Dispose();
}
