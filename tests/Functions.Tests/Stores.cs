using Azure.Data.Tables;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
    /// <summary>The limit of a call to Redis or storage, so that a slow machine does not look like an outage.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(1);

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
        Redis = PatientRedis(RedisServer.ConnectionString);
        Multiplexer = await ConnectAsync(RedisServer.ConnectionString);
        Tables = new StorageTables(new(Azurite.ConnectionString), CallTimeout);
        await PingAsync(Redis);
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Multiplexer.DisposeAsync();
        await RedisServer.DisposeAsync();
        await Azurite.DisposeAsync();
    }

    /// <summary>The app's connection with longer limits, so that a slow machine does not look like an outage.</summary>
    public static RedisConnection PatientRedis(string connectionString) => new(connectionString, CallTimeout, CallTimeout);

    /// <summary>Gives the app connections with longer limits.</summary>
    public static void UsePatientRedis(IServiceCollection services, string connectionString)
    {
        services.RemoveAll<RedisConnection>();
        services.RemoveAll<PumpRedis>();
        services.AddSingleton(_ => PatientRedis(connectionString)).AddSingleton(_ => new PumpRedis(PatientRedis(connectionString)));
    }

    /// <summary>Connects a test itself, with a longer limit of a call than the client's.</summary>
    public static Task<ConnectionMultiplexer> ConnectAsync(string connectionString) => Eventually.GetAsync(
        () => ConnectionMultiplexer.ConnectAsync(RedisServer.OfTests(connectionString)), _ => true);

    /// <summary>Waits until Redis answers. It fails at once while it connects.</summary>
    public static Task PingAsync(RedisConnection redis) =>
        Eventually.UntilAsync(async () => await redis.RunAsync(database => database.PingAsync(), CancellationToken.None) >= TimeSpan.Zero);

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
