using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Hosting;
using McpFunctions.Functions.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// The live instances, in Redis. Each signs every few seconds, so that others take over the entries of one that died. After an outage of Redis, each
/// first settles the entries that it has handled meanwhile: only one instance runs the timers of recovery.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="instance">This process.</param>
/// <param name="pumps">Know which entries are not settled.</param>
/// <param name="time">The clock of the waits.</param>
/// <param name="logger">Logs failures.</param>
public sealed class LiveInstances(PumpRedis redis, GatewayInstance instance, JournalPumps pumps, TimeProvider time, ILogger<LiveInstances> logger)
    : RestartingService(time, logger)
{
    /// <summary>The time after its last sign at which an instance counts as gone.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly RedisScript SignScript = RedisScript.Embedded("Consumers.sign.lua");

    /// <summary>Signs that this instance is alive.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task SignAsync(CancellationToken cancellationToken) =>
        redis.Connection.RunAsync(SignScript, [EventKeys.Live], [instance.Name], cancellationToken);

    /// <summary>Lists the live instances.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Their names, with this one.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<HashSet<string>> ListAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = await redis.Connection.TimeAsync(cancellationToken);
        RedisValue[] names = await redis.Connection.RunAsync(
            "ZRANGEBYSCORE", database => database.SortedSetRangeByScoreAsync(EventKeys.Live, (now - Lifetime).ToUnixTimeMilliseconds()), cancellationToken);
        return [instance.Name, .. names.Select(name => (string)name!)];
    }

    /// <summary>Adds the probe of the script.</summary>
    internal static void AddProbes(RedisProbes probes) => probes.AddScript("Consumers.sign.lua", [probes.Key("live")], ["probe"]);

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await SignAsync(stoppingToken);
                await pumps.SettleAgainAsync();
            }
            catch (Exception exception) when (RedisConnection.IsFailure(exception))
            {
                // Recovery does not run without Redis either. The next sign comes soon.
            }

            await Task.Delay(Interval, Time, stoppingToken);
        }
    }
}
