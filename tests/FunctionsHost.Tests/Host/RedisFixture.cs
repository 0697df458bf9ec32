using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>One Redis server for all tests that do not stop it. Each test has its own channels.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    public RedisServer Server { get; private set; } = null!;

    public ISubscriber Publisher => Connection.GetSubscriber();

    private ConnectionMultiplexer Connection { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await RedisServer.StartAsync();
        Connection = await ConnectionMultiplexer.ConnectAsync(Server.ConnectionStringOfTests);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Server.DisposeAsync();
    }
}
