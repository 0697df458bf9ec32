using System.Globalization;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Functions.Consumers;

/// <summary>Processed markers in Redis: the ids of handled events, to avoid repeated work. They guarantee nothing. One set per ten minutes of event time.</summary>
/// <param name="redis">The connection.</param>
public sealed class DoneMarks(RedisConnection redis)
{
    private static readonly TimeSpan Bucket = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>Marks events as handled.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="events">The events.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when they are marked.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task AddAsync(string consumer, IEnumerable<DomainEvent> events, CancellationToken cancellationToken) => redis.RunAsync(
        async database =>
        {
            await Task.WhenAll(events.GroupBy(domainEvent => KeyOf(consumer, domainEvent)).SelectMany(bucket => new Task[]
            {
                database.SetAddAsync(bucket.Key, [.. bucket.Select(domainEvent => (RedisValue)domainEvent.Id)]),
                database.KeyExpireAsync(bucket.Key, Life),
            }));
            return true;
        },
        cancellationToken);

    /// <summary>Finds the marked events.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="events">The events.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The ids of the marked events.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task<HashSet<string>> FindAsync(string consumer, IReadOnlyCollection<DomainEvent> events, CancellationToken cancellationToken) => redis.RunAsync(
        async database =>
        {
            HashSet<string> found = [];
            foreach (IGrouping<RedisKey, DomainEvent> bucket in events.GroupBy(domainEvent => KeyOf(consumer, domainEvent)))
            {
                DomainEvent[] asked = [.. bucket];
                bool[] contained = await database.SetContainsAsync(bucket.Key, [.. asked.Select(domainEvent => (RedisValue)domainEvent.Id)]);
                found.UnionWith(asked.Where((_, index) => contained[index]).Select(domainEvent => domainEvent.Id));
            }

            return found;
        },
        cancellationToken);

    private static RedisKey KeyOf(string consumer, DomainEvent domainEvent) =>
        string.Create(CultureInfo.InvariantCulture, $"{{events}}:done:{consumer}:{domainEvent.Timestamp.UtcTicks / Bucket.Ticks}");
}
