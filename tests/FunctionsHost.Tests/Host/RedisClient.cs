using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>Redis clients of tests.</summary>
internal static class RedisClient
{
    /// <summary>Connects a client that waits as long as a test does: its own 5 s pass while a loaded machine stalls.</summary>
    public static async Task<ConnectionMultiplexer> ConnectAsync(this RedisServer server, bool allowAdmin = false)
    {
        var options = ConfigurationOptions.Parse(server.ConnectionString);
        options.AllowAdmin = allowAdmin;
        options.ConnectTimeout = options.SyncTimeout = options.AsyncTimeout = (int)Eventually.DefaultDeadline.TotalMilliseconds;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }
}
