using Microsoft.Extensions.Hosting;

namespace McpFunctions.Functions.Redis;

/// <summary>
/// Connects to Redis at start. A publish does not wait as long as a first connection takes: without this, the first events
/// after each start would be left to the relay.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="pumps">The connection of the pumps.</param>
internal sealed class RedisStart(RedisConnection redis, PumpRedis pumps) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        redis.BeginConnecting();
        pumps.Connection.BeginConnecting();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
