using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Health;
using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Functions.Health;

/// <summary>Checks that Redis accepts a write and supports what the gateway needs. A ping is not enough: a full Redis or a replica answers it.</summary>
/// <param name="redis">The connection.</param>
/// <param name="requirements">Knows the missing features.</param>
public sealed class RedisProbe(RedisConnection redis, RedisRequirements requirements) : IHealthProbe
{
    private const string Key = "health:probe";

    private static readonly TimeSpan KeyLifetime = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public string Component => "redis";

    /// <inheritdoc/>
    public bool IsEssential => true;

    /// <inheritdoc/>
    public HealthCheckResult NoResponse { get; } = HealthCheckResult.Degraded("Redis does not answer.");

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await redis.RunAsync("SET", database => database.StringSetAsync(Key, 1, KeyLifetime), cancellationToken);
            return requirements.Problem is { } problem ? HealthCheckResult.Degraded(problem) : HealthCheckResult.Healthy;
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

    private static HealthCheckResult Refused(RedisServerException refusal) => HealthCheckResult.Degraded($"Redis refuses a write ({RedisErrors.CodeOf(refusal)}).");
}
