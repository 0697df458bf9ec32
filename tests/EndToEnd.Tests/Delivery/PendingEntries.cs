using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>The entries that a consumer has read from the journal of uploads and not acknowledged.</summary>
internal static class PendingEntries
{
    /// <summary>The journal of uploads.</summary>
    public const string Uploads = "{events}:journal:file.uploaded";

    /// <summary>Ends the wait for the next attempt of a user's entry.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="user">The user.</param>
    /// <param name="attempts">Gives the entry's attempts instead of those that it had.</param>
    /// <returns>False if no entry of the user waits.</returns>
    public static async Task<bool> EndWaitAsync(GatewayApplication gateway, string consumer, GatewayUser user, Func<int, int> attempts)
    {
        var ids = (await gateway.RedisDatabase.StreamRangeAsync(Uploads))
            .Where(entry => ((string)entry["event"]!).Contains(user.Id, StringComparison.Ordinal)).Select(entry => entry.Id).ToHashSet();
        var pending = await gateway.RedisDatabase.StreamPendingMessagesAsync(Uploads, consumer, 10_000, RedisValue.Null);
        var found = false;
        foreach (var entry in pending.Where(entry => ids.Contains(entry.MessageId)))
        {
            await gateway.RedisDatabase.ExecuteAsync(
                "XCLAIM", (RedisKey)Uploads, consumer, entry.ConsumerName, 0, entry.MessageId, "IDLE", 3_600_000, "RETRYCOUNT", attempts(entry.DeliveryCount), "JUSTID");
            found = true;
        }
        return found;
    }
}
