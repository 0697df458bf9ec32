using System.Globalization;
using McpFunctions.Domain.Health;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Functions.Health;

/// <summary>Checks that a consumer keeps up with the journal. Without Redis, which holds the journal, the result is unknown.</summary>
/// <param name="name">The consumer's name.</param>
/// <param name="redis">The connection.</param>
/// <param name="maxLag">The allowed age of the oldest event that the consumer has not acknowledged.</param>
/// <param name="ages">Measures that age.</param>
public sealed class ConsumerProbe(string name, RedisConnection redis, TimeSpan maxLag, JournalAges ages) : IHealthProbe
{
    /// <inheritdoc/>
    public string Component { get; } = $"consumer:{name}";

    /// <inheritdoc/>
    public bool IsEssential => false;

    /// <inheritdoc/>
    public HealthCheckResult NoResponse { get; } = HealthCheckResult.Unknown("Redis, which holds the journal, does not answer.");

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            JournalLag? lag = await new JournalGroup(redis, name).LagAsync(cancellationToken);
            TimeSpan behind = ages.Of(name, lag);
            return lag is not null && behind > maxLag
                ? HealthCheckResult.Degraded(string.Create(CultureInfo.InvariantCulture, $"It is {(long)behind.TotalSeconds} s behind, with {lag.Claimed + lag.Unread} events to go."))
                : HealthCheckResult.Healthy;
        }
        catch (RedisServerException)
        {
            return NoResponse;
        }
    }
}
