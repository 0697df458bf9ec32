using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Peers;
using McpFunctions.TestServers;

namespace McpFunctions.Bench;

/// <summary>
/// The servers and the contenders of a case, each started when it is first needed. All use one Azurite, each with an account of its own, and one
/// Redis, except for the state before: it listens on the channels of the gateway, so it has a Redis of its own.
/// </summary>
/// <param name="size">A smoke test starts one gateway for all cases, and two instances beside it.</param>
internal sealed class Stage(BenchSize size) : IAsyncDisposable
{
    // What the cases with a gateway of their own set, for the one that short runs share.
    private static readonly Dictionary<string, string?> s_sharedSettings = new()
    {
        ["Notifications__MaxOpenPerUser"] = "1000",
        ["Delivery__JournalMaxLength"] = "10000000",
    };

    private readonly Stack<IAsyncDisposable> started = new();
    private readonly Dictionary<string, Task> parts = [];

    /// <summary>The Redis.</summary>
    public Task<RedisServer> RedisAsync() => PartAsync("redis", RedisServer.StartAsync);

    /// <summary>The storage. In memory: on disk, Azurite writes all its tables every few seconds, longer each time.</summary>
    public Task<AzuriteServer> AzuriteAsync() => PartAsync("azurite", () => AzuriteServer.StartAsync());

    /// <summary>The connection string of the gateway's account.</summary>
    public async Task<string> StorageAsync() => size == BenchSize.Smoke
        ? (await SharedAsync()).Storage
        : await PartAsync("storage", async () => (await AzuriteAsync()).WithNewAccount().ConnectionString);

    /// <summary>The gateway.</summary>
    public async Task<RunningGateway> GatewayAsync() => size == BenchSize.Smoke
        ? (await SharedAsync()).Gateway
        : await PartAsync("gateway", async () =>
            await RunningGateway.StartAsync(GatewayBuild.Current, (await RedisAsync()).ConnectionString, await StorageAsync()));

    /// <summary>A gateway with a Redis and a storage account of its own, for a case that needs settings, instances or a proxy.</summary>
    /// <param name="isProxied">Whether its table storage is behind a proxy.</param>
    /// <param name="isNew">Whether no other case may have used it, except for a smoke test.</param>
    /// <param name="settings">More app settings.</param>
    /// <param name="instances">The number of instances.</param>
    /// <returns>The gateway. Short runs share one, which is behind a proxy, where one instance suffices.</returns>
    public Task<OwnGateway> OwnGatewayAsync(
        bool isProxied = false, bool isNew = false, IReadOnlyDictionary<string, string?>? settings = null, int instances = 1) =>
        instances == 1 && (size == BenchSize.Smoke || (size == BenchSize.Quick && !isNew))
            ? SharedAsync()
            : StartOwnAsync(isShared: false, isProxied, settings, instances);

    /// <summary>The gateway before every event went through the journal of its type.</summary>
    public Task<RunningGateway> BeforeAsync() => PartAsync("before", async () =>
    {
        GatewayBuild build = await PreviousBuild.GetAsync();
        RedisServer redis = await PartAsync("redis of the state before", RedisServer.StartAsync);
        return await RunningGateway.StartAsync(build, redis.ConnectionString, (await AzuriteAsync()).WithNewAccount().ConnectionString);
    });

    /// <summary>The same effects by BullMQ.</summary>
    /// <param name="isGrouped">Whether the audit worker collects the rows of concurrent jobs.</param>
    public Task<BullPeer> BullAsync(bool isGrouped) => PartAsync($"bull {isGrouped}", async () =>
        await BullPeer.StartAsync((await RedisAsync()).Port, (await AzuriteAsync()).WithNewAccount().ConnectionString, isGrouped));

    /// <summary>The empty functions.</summary>
    public Task<EmptyPeer> EmptyAsync() => PartAsync("empty", async () =>
        await EmptyPeer.StartAsync((await RedisAsync()).ConnectionString, (await AzuriteAsync()).WithNewAccount().ConnectionString));

    /// <summary>The decision record's bus.</summary>
    public Task<NodePeer> RecordBusAsync() => PartAsync("record", async () => await NodePeer.StartAsync("record-bus.mjs", $"{(await RedisAsync()).Port}"));

    /// <summary>A part that only some cases need.</summary>
    public Task<T> PartAsync<T>(string name, Func<Task<T>> start)
    {
        if (!parts.TryGetValue(name, out Task? part))
        {
            parts[name] = part = StartAsync();
        }

        return (Task<T>)part;

        async Task<T> StartAsync()
        {
            T made = await start();
            if (made is IAsyncDisposable disposable)
            {
                started.Push(disposable);
            }

            return made;
        }
    }

    /// <summary>Stops everything. What is needed next starts again, empty.</summary>
    public async Task ResetAsync()
    {
        parts.Clear();
        while (started.TryPop(out IAsyncDisposable? last))
        {
            await last.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await ResetAsync();

    private Task<OwnGateway> SharedAsync() =>
        PartAsync("shared", () => StartOwnAsync(isShared: true, isProxied: true, s_sharedSettings, instances: 1));

    private async Task<OwnGateway> StartOwnAsync(bool isShared, bool isProxied, IReadOnlyDictionary<string, string?>? settings, int instances)
    {
        AzuriteServer azurite = await AzuriteAsync();
        string account = azurite.NewAccount();
        string storage = AzuriteServer.ConnectionStringFor(azurite.Ports, account);
        var servers = new Disposables();
        // Ctrl+C stops them too, in the middle of a case.
        started.Push(servers);
        try
        {
            RedisServer redis = servers.Add(await RedisServer.StartAsync());
            StorageProxy? proxy = isProxied ? servers.Add(await StorageProxy.StartAsync(azurite, account)) : null;
            RunningGateway gateway = servers.Add(await RunningGateway.StartAsync(
                GatewayBuild.Current, redis.ConnectionString, storage, proxy?.ConnectionString, settings, instances));
            return new OwnGateway(gateway, redis, proxy, storage, servers, isShared);
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }
}
