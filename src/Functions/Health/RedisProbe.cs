using McpFunctions.Domain.Health;
using McpFunctions.Functions.Delivery;
using StackExchange.Redis;

namespace McpFunctions.Functions.Health;

/// <summary>Redis, seen to answer.</summary>
/// <param name="redis">The connection.</param>
public sealed class RedisProbe(RedisConnection redis) : IHealthProbe
{
    /// <inheritdoc/>
    public string Component => "redis";

    /// <inheritdoc/>
    public bool IsEssential => true;

    /// <inheritdoc/>
    public HealthVerdict Silence { get; } = HealthVerdict.Bad("Redis does not answer.");

    /// <inheritdoc/>
    public async Task<HealthVerdict> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await redis.RunAsync(database => database.PingAsync(), cancellationToken);
            return HealthVerdict.Good;
        }
        catch (RedisServerException)
        {
            return HealthVerdict.Bad("Redis answers with an error.");
        }
    }
}
