using System.Globalization;
using McpFunctions.Domain.Health;
using McpFunctions.Functions.Delivery;
using StackExchange.Redis;

namespace McpFunctions.Functions.Health;

/// <summary>A consumer, seen to keep up with the journal. The journal is in Redis, without which nothing is known of it.</summary>
/// <param name="name">The consumer's name.</param>
/// <param name="redis">The connection.</param>
/// <param name="maxLag">How long the oldest event that it has yet to acknowledge may have been in the journal.</param>
/// <param name="ages">How long that is.</param>
public sealed class ConsumerProbe(string name, RedisConnection redis, TimeSpan maxLag, JournalAges ages) : IHealthProbe
{
    /// <inheritdoc/>
    public string Component { get; } = $"consumer:{name}";

    /// <inheritdoc/>
    public bool IsEssential => false;

    /// <inheritdoc/>
    public HealthVerdict Silence { get; } = HealthVerdict.Unknown("Redis, which holds the journal, does not answer.");

    /// <inheritdoc/>
    public async Task<HealthVerdict> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            JournalLag? lag = await new JournalGroup(redis, name).LagAsync(cancellationToken);
            TimeSpan behind = ages.Of(name, lag);
            return lag is not null && behind > maxLag
                ? HealthVerdict.Bad(string.Create(CultureInfo.InvariantCulture, $"It is {(long)behind.TotalSeconds} s behind, with {lag.Claimed + lag.Unread} events to go."))
                : HealthVerdict.Good;
        }
        catch (RedisServerException)
        {
            return Silence;
        }
    }
}
