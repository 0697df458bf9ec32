using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>The marker in a user's hash that shows that Redis holds all data of the user. Only a finished rebuild sets it.</summary>
/// <param name="redis">The connection.</param>
public sealed class RebuildMark(RedisConnection redis)
{
    private const string Ready = "_ready";
    private const string Rebuilding = "_rebuilding";

    private static readonly RedisScript CompleteScript = RedisScript.Embedded("Recovery.rebuilt.lua");

    /// <summary>Whether a field of the hash belongs to this marker.</summary>
    /// <param name="field">The field.</param>
    /// <returns>True for fields that are not part of the user's data.</returns>
    public static bool Owns(string field) => field is Ready or Rebuilding;

    /// <summary>Begins a rebuild if one is needed.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The token for <see cref="CompleteAsync"/>; null if the data is complete.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<string?> BeginAsync(RedisKey key, CancellationToken cancellationToken)
    {
        if (await redis.RunAsync("HEXISTS", database => database.HashExistsAsync(key, Ready), cancellationToken))
        {
            return null;
        }

        string token = Guid.NewGuid().ToString("N");
        await redis.RunAsync("HSET", database => database.HashSetAsync(key, Rebuilding, token), cancellationToken);
        return token;
    }

    /// <summary>Marks a rebuild as finished. If Redis was wiped meanwhile, the next reader begins another.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="token">The token from <see cref="BeginAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task CompleteAsync(RedisKey key, string token, CancellationToken cancellationToken) =>
        redis.RunAsync(CompleteScript, [key], [token], cancellationToken);

    /// <summary>Asks for a rebuild at the next read.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task ClearAsync(RedisKey key, CancellationToken cancellationToken) =>
        redis.RunAsync("HDEL", database => database.HashDeleteAsync(key, Ready), cancellationToken);

    /// <summary>Adds the probe of the script that completes a rebuild.</summary>
    internal static void AddProbes(RedisProbes probes) => probes.AddScript("Recovery.rebuilt.lua", [probes.User("inbox:meta")], [probes.Id]);
}
