using Azure.Data.Tables;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit.v3;

// Tests mostly wait for Redis, storage or time, so they end sooner with more threads than processors.
[assembly: Parallelization(MaxThreads = 3)]
[assembly: AssemblyFixture(typeof(McpFunctions.Functions.Tests.Stores))]

namespace McpFunctions.Functions.Tests;

/// <summary>A real Redis and a real Azurite, shared by the tests; each test works with users and files of its own.</summary>
public sealed class Stores : IAsyncLifetime
{
    public RedisServer RedisServer { get; private set; } = null!;

    public AzuriteServer Azurite { get; private set; } = null!;

    public RedisConnection Redis { get; private set; } = null!;

    /// <summary>A connection apart from the app's, to read Redis directly.</summary>
    public ConnectionMultiplexer Multiplexer { get; private set; } = null!;

    public StorageTables Tables { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        RedisServer = await RedisServer.StartAsync();
        Azurite = await AzuriteServer.StartAsync();
        Redis = new RedisConnection(RedisServer.ConnectionString);
        Multiplexer = await ConnectionMultiplexer.ConnectAsync(RedisServer.ConnectionString);
        Tables = new StorageTables(new(Azurite.ConnectionString), TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Multiplexer.DisposeAsync();
        await RedisServer.DisposeAsync();
        await Azurite.DisposeAsync();
    }

    /// <summary>Creates a publisher as the app does.</summary>
    public TableEventPublisher Publisher(StorageTables? tables = null, RedisConnection? redis = null) => new(
        tables ?? Tables,
        GatewayFeatures.Stored,
        new RecentRows(TimeProvider.System),
        new RedisJournal(redis ?? Redis, NullLogger<RedisJournal>.Instance),
        NullLogger<TableEventPublisher>.Instance);

    /// <summary>A client to read a table directly.</summary>
    public TableClient Table(string name) => new(Azurite.ConnectionString, name);
}
