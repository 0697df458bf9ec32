using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>The mark in a user's hash which says that what Redis holds of the user is whole. Only a finished rebuild sets it.</summary>
/// <param name="redis">The connection.</param>
public sealed class RebuildMark(RedisConnection redis)
{
    private const string Ready = "_ready";
    private const string Rebuilding = "_rebuilding";

    private static readonly string CompleteScript = EmbeddedScript.Read("Delivery.rebuilt.lua");

    /// <summary>Whether a field of the hash is this mark's.</summary>
    /// <param name="field">The field.</param>
    /// <returns>True for those that are not the owner's.</returns>
    public static bool Owns(string field) => field is Ready or Rebuilding;

    /// <summary>Begins a rebuild, where one is needed.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What <see cref="CompleteAsync"/> takes; null where all is whole.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<string?> BeginAsync(RedisKey key, CancellationToken cancellationToken)
    {
        if (await redis.RunAsync(database => database.HashExistsAsync(key, Ready), cancellationToken))
        {
            return null;
        }

        string token = Guid.NewGuid().ToString("N");
        await redis.RunAsync(database => database.HashSetAsync(key, Rebuilding, token), cancellationToken);
        return token;
    }

    /// <summary>Says that a rebuild has filled everything. Where Redis was wiped meanwhile, the next reader begins another.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="token">What <see cref="BeginAsync"/> gave.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is noted.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task CompleteAsync(RedisKey key, string token, CancellationToken cancellationToken) =>
        redis.RunAsync(database => database.ScriptEvaluateAsync(CompleteScript, [key], [token]), cancellationToken);

    /// <summary>Asks for a rebuild at the next read.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is noted.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task ClearAsync(RedisKey key, CancellationToken cancellationToken) =>
        redis.RunAsync(database => database.HashDeleteAsync(key, Ready), cancellationToken);
}
