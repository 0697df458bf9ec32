using System.Diagnostics.Metrics;

namespace McpFunctions.Functions.Telemetry;

/// <summary>Metrics of event delivery, in the meter <c>McpFunctions</c>. Names follow OpenTelemetry's messaging conventions.</summary>
public sealed class DeliveryMetrics
{
    private readonly Counter<long> published;
    private readonly Counter<long> recovered;
    private readonly Counter<long> deadLettered;
    private readonly Counter<long> replayed;
    private readonly Counter<long> trimmed;
    private readonly Counter<long> redisLostState;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">Makes meters.</param>
    public DeliveryMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        Meter meter = meters.Create("McpFunctions");
        published = meter.CreateCounter<long>("mcpfunctions.events.relayed", "{event}", "Committed events that the relay published late.");
        recovered = meter.CreateCounter<long>("mcpfunctions.events.recovered", "{event}", "Events that only recovery handled.");
        deadLettered = meter.CreateCounter<long>("mcpfunctions.events.dead_lettered", "{event}", "Events that a consumer could not handle.");
        replayed = meter.CreateCounter<long>("mcpfunctions.events.replayed", "{event}", "Events that replays handled.");
        trimmed = meter.CreateCounter<long>(
            "mcpfunctions.journal.trimmed_unread", "{consumer}", "Cuts of the journal that removed entries which a consumer had not read.");
        redisLostState = meter.CreateCounter<long>("mcpfunctions.redis.lost_state", "{loss}", "Losses of Redis state that a consumer noticed.");
    }

    /// <summary>Counts events that the relay published.</summary>
    /// <param name="count">The number of events.</param>
    public void Relayed(int count) => published.Add(count);

    /// <summary>Counts events that only recovery handled.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="count">The number of events.</param>
    public void Recovered(string consumer, int count) => recovered.Add(count, Of(consumer));

    /// <summary>Counts a dead letter.</summary>
    /// <param name="consumer">The consumer.</param>
    public void DeadLettered(string consumer) => deadLettered.Add(1, Of(consumer));

    /// <summary>Counts events that a replay handled.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="count">The number of events.</param>
    public void Replayed(string consumer, int count) => replayed.Add(count, Of(consumer));

    /// <summary>Counts a cut of the journal that removed unread entries.</summary>
    /// <param name="consumer">The consumer.</param>
    public void TrimmedUnread(string consumer) => trimmed.Add(1, Of(consumer));

    /// <summary>Counts a loss of state in Redis.</summary>
    /// <param name="consumer">The consumer that noticed it.</param>
    public void RedisLostState(string consumer) => redisLostState.Add(1, Of(consumer));

    private static KeyValuePair<string, object?> Of(string consumer) => new("messaging.consumer.group.name", consumer);
}
