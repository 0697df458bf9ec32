using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.RateLimits;

/// <summary>
/// Counts the requests of each user in Redis, for all instances together. If Redis does not answer at once,
/// it allows every request: a limit that protects the gateway must not stop the gateway.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="options">The limit.</param>
public sealed class RateLimiter(RedisConnection redis, IOptions<RateLimitOptions> options)
{
    private static readonly RedisScript CountScript = RedisScript.Embedded("RateLimits.rate.lua");

    /// <summary>Counts a request.</summary>
    /// <param name="principal">The caller. All sessions and API keys of a user count together.</param>
    /// <returns>The state of the limit; null if Redis did not answer.</returns>
    public async Task<RateLimit?> CountAsync(Principal principal)
    {
        TimeSpan window = options.Value.Window;
        RedisResult? counted = await redis.RunBestEffortAsync(
            CountScript, [$"rate:{{user:{KeyPart.Of(principal.UserId)}}}"], [(long)window.TotalMilliseconds], result => result);
        return counted is null ? null : new RateLimit(options.Value.Requests, window, (long)counted[0], TimeSpan.FromMilliseconds((long)counted[1]));
    }

    /// <summary>Adds the probe of the script that counts.</summary>
    internal static void AddProbes(RedisProbes probes) =>
        probes.AddScript("RateLimits.rate.lua", [probes.Used($"rate:{{user:probe-{probes.Id}}}")], [1_000]);
}
