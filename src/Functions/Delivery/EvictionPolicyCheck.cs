using McpFunctions.Domain.Delivery;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>
/// Ends the app on a Redis that may evict keys which have no expiry: it would drop parts of the journal, of inboxes and
/// contexts while nobody can tell.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="lifetime">Ends the app.</param>
/// <param name="time">The clock of the waits for Redis.</param>
/// <param name="logger">Says why.</param>
public sealed partial class EvictionPolicyCheck(
    RedisConnection redis, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<EvictionPolicyCheck> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // INFO and not CONFIG GET, which managed services do not allow.
        string? policy;
        while ((policy = await ReadPolicyAsync(stoppingToken)) is null)
        {
            await Task.Delay(Pause, time, stoppingToken);
        }

        if (policy.StartsWith("allkeys", StringComparison.Ordinal))
        {
            LogRefused(policy);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

    private async Task<string?> ReadPolicyAsync(CancellationToken cancellationToken)
    {
        try
        {
            // By a script: the client's own method wants a connection with administrator's rights.
            RedisResult info = await redis.RunAsync(database => database.ScriptEvaluateAsync("return redis.call('INFO', 'memory')"), cancellationToken);
            const string name = "maxmemory_policy:";
            return ((string?)info ?? "").Split("\r\n").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "";
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or RedisException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Redis has the maxmemory-policy '{Policy}', with which it may evict keys that have no expiry. Set it to noeviction or to one of the volatile policies; the app stops.")]
    private partial void LogRefused(string policy);
}
