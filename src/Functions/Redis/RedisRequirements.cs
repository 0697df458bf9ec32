using McpFunctions.Domain.Delivery;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Redis;

/// <summary>
/// What the gateway needs of Redis: its version, that it evicts no key without an expiry, and that it takes the commands and scripts.
/// These are run on probe keys: managed services refuse ACL and CONFIG, which would tell it directly.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="uses">What the parts of the gateway run.</param>
/// <param name="logger">Logs what is missing.</param>
public sealed partial class RedisRequirements(RedisConnection redis, RedisUses uses, ILogger<RedisRequirements> logger)
{
    private static readonly Version NeededVersion = new(6, 2);

    // Probe keys are left to expire: that takes no command which the gateway does not need.
    private static readonly TimeSpan ProbeLifetime = TimeSpan.FromMinutes(1);

    // A Redis that stands still costs the start no more than this.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(1);

    private RedisFindings? found;

    /// <summary>The problem of Redis that the last check found; null if there is none.</summary>
    public string? Problem => Volatile.Read(ref found)?.Problem;

    /// <summary>Checks Redis.</summary>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <returns>The findings; null if Redis was down, or refused writes for a temporary reason such as full memory.</returns>
    public async Task<RedisFindings?> CheckAsync(CancellationToken cancellationToken)
    {
        RedisFindings findings;
        try
        {
            findings = new RedisFindings(await FindUnusableAsync(cancellationToken), await FindRefusedAsync(cancellationToken));
        }
        catch (DependencyUnavailableException)
        {
            return null;
        }

        string? before = Problem;
        Volatile.Write(ref found, findings);
        if (findings.Problem is { } problem && problem != before)
        {
            LogMissing(problem);
        }
        else if (findings.Problem is null && before is not null)
        {
            LogSatisfied();
        }

        return findings;
    }

    /// <summary>Asks at start, before anything runs, whether a gateway can run on this Redis.</summary>
    /// <returns>The reason why the gateway cannot use Redis, and the remedy; null if it can, or if Redis is down or slow. Then the check runs when it first answers.</returns>
    public async Task<string?> FindUnusableAtStartAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout);
        try
        {
            return await FindUnusableAsync(timeout.Token);
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<string?> FindUnusableAsync(CancellationToken cancellationToken)
    {
        if (Version.TryParse(await InfoAsync("server", "redis_version:", cancellationToken), out Version? version) && version < NeededVersion)
        {
            return $"The gateway needs Redis {NeededVersion} or later, and found Redis {version}. Recovery needs exclusive ranges of streams and XTRIM MINID, which that version lacks.";
        }

        string policy = await InfoAsync("memory", "maxmemory_policy:", cancellationToken);
        return policy.StartsWith("allkeys", StringComparison.Ordinal)
            ? $"The gateway needs the maxmemory-policy noeviction or a volatile policy, and found '{policy}'. With that policy, Redis may silently evict keys that have no expiry."
            : null;
    }

    // Empty where Redis does not say: managed services may refuse INFO too.
    private async Task<string> InfoAsync(string section, string name, CancellationToken cancellationToken)
    {
        try
        {
            // By a script: the client's own method wants a connection with administrator's rights.
            RedisResult info = await redis.RunAsync(
                database => database.ScriptEvaluateAsync("return redis.call('INFO', ARGV[1])", [EventKeys.Live], [section]), cancellationToken);
            return ((string?)info ?? "").Split("\r\n").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "";
        }
        catch (Exception exception) when (RedisConnection.IsRefusal(exception))
        {
            return "";
        }
    }

    private async Task<List<string>> FindRefusedAsync(CancellationToken cancellationToken)
    {
        var probes = new RedisProbes(Guid.NewGuid().ToString("N"), uses);
        // In order and in one round trip: later ones find what earlier ones have left.
        (string Name, Task Done)[] running = [.. probes.All.Select(probe => (probe.Name, redis.RunAsync(async database => { await probe.RunAsync(database); return true; }, cancellationToken)))];
        Task expiring = redis.RunAsync(database => Task.WhenAll(probes.Keys.Select(key => database.KeyExpireAsync(key, ProbeLifetime))), cancellationToken);
        List<string> refused = [];
        DependencyUnavailableException? outage = null;
        foreach ((string name, Task done) in running.Append(("EXPIRE", expiring)))
        {
            try
            {
                await done;
            }
            catch (Exception exception) when (RedisConnection.IsRefusal(exception))
            {
                refused.Add(name);
            }
            catch (DependencyUnavailableException exception)
            {
                outage = exception;
            }
        }

        return outage is null ? refused : throw outage;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private partial void LogMissing(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis supports everything that the gateway needs.")]
    private partial void LogSatisfied();
}
