using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Peers;
using McpFunctions.TestServers;

namespace McpFunctions.Bench;

/// <summary>
/// The servers and the contenders of a case, each started when it is first needed. All use one Azurite, each with an account of its own, and one
/// Redis, except for the state before: it listens on the channels of the gateway, so it has a Redis of its own.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> started = new();
    private readonly Dictionary<string, Task> parts = [];

    /// <summary>The Redis.</summary>
    public Task<RedisServer> RedisAsync() => PartAsync("redis", RedisServer.StartAsync);

    /// <summary>The storage. In memory: on disk, Azurite writes all its tables every few seconds, longer each time.</summary>
    public Task<AzuriteServer> AzuriteAsync() => PartAsync("azurite", () => AzuriteServer.StartAsync());

    /// <summary>The connection string of the gateway's account.</summary>
    public Task<string> StorageAsync() => PartAsync("storage", async () => (await AzuriteAsync()).WithNewAccount().ConnectionString);

    /// <summary>The gateway.</summary>
    public Task<RunningGateway> GatewayAsync() => PartAsync("gateway", async () =>
        await RunningGateway.StartAsync(GatewayBuild.Current, (await RedisAsync()).ConnectionString, await StorageAsync()));

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
}
