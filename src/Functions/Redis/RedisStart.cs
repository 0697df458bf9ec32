using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpFunctions.Functions.Redis;

/// <summary>
/// Connects to Redis at start. A publish does not wait as long as a first connection takes: without this, the first events
/// after each start would be left to the relay.
/// </summary>
/// <param name="services">Gives the connections; not before the start, when all settings have been checked.</param>
internal sealed class RedisStart(IServiceProvider services) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        services.GetRequiredService<RedisConnection>().BeginConnecting();
        services.GetRequiredService<PumpRedis>().Connection.BeginConnecting();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
