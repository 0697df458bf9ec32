using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>The keys of the version before each event type had a journal. It kept texts where hashes are now, so Redis would refuse each comparison.</summary>
internal static class EarlierKeys
{
    /// <summary>Deletes those that stand in the way of a consumer, and the journal, which nobody reads.</summary>
    /// <param name="redis">The connection.</param>
    /// <param name="epochs">The key of the consumer's epochs.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when they are deleted.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public static async Task DropAsync(RedisConnection redis, RedisKey epochs, CancellationToken cancellationToken)
    {
        foreach (RedisKey key in new RedisKey[] { epochs, EventKeys.Trimmed })
        {
            if (await redis.RunAsync("TYPE", database => database.KeyTypeAsync(key), cancellationToken) == RedisType.String)
            {
                await redis.RunAsync("DEL", database => database.KeyDeleteAsync(key), cancellationToken);
            }
        }

        await redis.RunAsync("DEL", database => database.KeyDeleteAsync(EventKeys.EarlierJournal), cancellationToken);
    }
}
