using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Health;
using McpFunctions.Functions.Delivery;
using StackExchange.Redis;

namespace McpFunctions.Functions.Health;

/// <summary>Redis, seen to take a write, and to have what the gateway needs: one that is full, or a replica, answers a ping all the same.</summary>
/// <param name="redis">The connection.</param>
/// <param name="requirements">Knows what it lacks.</param>
public sealed class RedisProbe(RedisConnection redis, RedisRequirements requirements) : IHealthProbe
{
    private const string Key = "health:probe";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

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
            await redis.RunAsync(database => database.StringSetAsync(Key, 1, Life), cancellationToken);
            return requirements.Problem is { } problem ? HealthVerdict.Bad(problem) : HealthVerdict.Good;
        }
        catch (DependencyUnavailableException exception) when (exception.InnerException is RedisServerException refusal)
        {
            return Refused(refusal);
        }
        catch (RedisServerException refusal)
        {
            return Refused(refusal);
        }
    }

    // The first word is Redis's code of the error, as OOM for one that is full; what follows may name keys.
    private static HealthVerdict Refused(RedisServerException refusal) => HealthVerdict.Bad($"Redis refuses a write ({refusal.Message.Split(' ')[0]}).");
}
