using McpFunctions.Domain.Events;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Telemetry;
using StackExchange.Redis;

namespace McpFunctions.Functions.Consumers;

/// <summary>Counts the events that consumers handle, for all instances together. The counts are for operators only, and are lost with Redis.</summary>
/// <param name="redis">The connection.</param>
/// <param name="metrics">Counts events for this instance.</param>
/// <param name="effects">Reports effects to operators.</param>
/// <param name="time">The clock.</param>
public sealed class ConsumerStatistics(RedisConnection redis, DeliveryMetrics metrics, EffectLog effects, TimeProvider time)
{
    /// <summary>The counter of events that a doorbell brought.</summary>
    public const string Delivered = "delivered";

    /// <summary>The counter of events from recovery.</summary>
    public const string Recovered = "recovered";

    /// <summary>Counts events, if Redis is available.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="field"><see cref="Delivered"/> or <see cref="Recovered"/>.</param>
    /// <param name="count">The number of events.</param>
    /// <param name="last">The last event.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task CountAsync(string consumer, string field, int count, DomainEvent last, CancellationToken cancellationToken)
    {
        if (field == Recovered)
        {
            metrics.Recovered(consumer, last.Type, count);
        }
        else
        {
            metrics.Delivered(consumer, last.Type, count);
        }

        try
        {
            await redis.RunAsync(
                "HINCRBY",
                async database =>
                {
                    await Task.WhenAll(
                        database.HashIncrementAsync(EventKeys.StatisticsOf(consumer), field, count, CommandFlags.FireAndForget),
                        database.HashSetAsync(
                            EventKeys.StatisticsOf(consumer),
                            [new("lastEventId", last.Id), new("lastEventAt", time.GetUtcNow().ToUnixTimeMilliseconds())],
                            CommandFlags.FireAndForget));
                    return true;
                },
                cancellationToken);
        }
        catch (Domain.Delivery.DependencyUnavailableException)
        {
            // A counter for operators must not cause a failure.
        }
    }

    /// <summary>Reports the outcomes of a batch to operators.</summary>
    /// <param name="outcomes">The outcomes.</param>
    public Task ReportAsync(IReadOnlyList<Effect> outcomes) => effects.ReportAsync(outcomes);

    /// <summary>Counts the events that a replay handled.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="type">The event type.</param>
    /// <param name="count">The number of events.</param>
    public void CountReplayed(string consumer, string type, int count) => metrics.Replayed(consumer, type, count);

    /// <summary>Counts and reports the events that had an effect only by a replay.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="late">The events.</param>
    public Task ReportReplayedAsync(string consumer, IReadOnlyCollection<DomainEvent> late)
    {
        metrics.HandledByReplay(consumer, late.Count);
        DateTimeOffset now = time.GetUtcNow();
        return ReportAsync([.. late.Select(each => Effect.Of(each, consumer, Effect.Handled, Effect.Replay, now))]);
    }

    /// <summary>Reads the counters.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The values by field.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(string consumer, CancellationToken cancellationToken)
    {
        HashEntry[] fields = await redis.RunAsync("HGETALL", database => database.HashGetAllAsync(EventKeys.StatisticsOf(consumer)), cancellationToken);
        return fields.ToDictionary(field => (string)field.Name!, field => (string)field.Value!);
    }
}
