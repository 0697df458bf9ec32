using McpFunctions.Functions.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Redis;

/// <summary>
/// Checks Redis when it first answers, after each reconnect, and every half minute: rights may change meanwhile. A Redis on which no gateway
/// can run ends the start. A Redis that is down does not.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="requirements">Checks it.</param>
/// <param name="lifetime">Ends the app.</param>
/// <param name="time">The clock of the waits.</param>
/// <param name="logger">Says why the app ends.</param>
public sealed partial class RedisRequirementsCheck(
    RedisConnection redis, RedisRequirements requirements, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RedisRequirementsCheck> logger)
    : RestartingService(time, logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private bool hasAnswered;

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        RedisFindings? findings = null;
        long checkedAt = 0;
        long connections = 0;
        while (true)
        {
            if (findings?.Problem is not null || findings is null || connections != redis.Connections || Time.GetElapsedTime(checkedAt) >= Interval)
            {
                (checkedAt, connections) = (Time.GetTimestamp(), redis.Connections);
                findings = await requirements.CheckAsync(stoppingToken);
                if (!hasAnswered && findings?.Unusable is { } reason)
                {
                    LogRefused(reason);
                    Environment.ExitCode = 1;
                    lifetime.StopApplication();
                    return;
                }

                hasAnswered |= findings is not null;
            }

            await Task.Delay(Pause, Time, stoppingToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Reason} The app stops.")]
    private partial void LogRefused(string reason);
}
