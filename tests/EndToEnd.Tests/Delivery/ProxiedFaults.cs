using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>A gateway that reaches its storage and its Redis through proxies, so that a test can break single calls.</summary>
public sealed class ProxiedFaults : IAsyncLifetime
{
    private static int s_count;

    private readonly List<IAsyncDisposable> _owned = [];

    /// <summary>The gateway.</summary>
    public GatewayApplication Gateway { get; private set; } = null!;

    /// <summary>The proxy of its tables.</summary>
    public StorageProxy Storage { get; private set; } = null!;

    /// <summary>The proxy of its blobs.</summary>
    public StorageProxy Blobs { get; private set; } = null!;

    /// <summary>The proxy of its Redis.</summary>
    public RedisProxy Redis { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var azurite = Own(await AzuriteServer.StartAsync());
        var redis = Own(await RedisServer.StartAsync());
        Storage = Own(await StorageProxy.StartAsync(azurite));
        Blobs = Own(await StorageProxy.StartAsync(azurite, isForBlobs: true));
        Redis = Own(RedisProxy.Start(redis));
        Gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = $"delivery-faults-proxied-{Interlocked.Increment(ref s_count)}",
            Azurite = azurite,
            Redis = redis,
            Settings = new Dictionary<string, string?>(DeliveryFaults.ShortWaits)
            {
                ["AzureWebJobsStorage"] = AzuriteServer.ConnectionStringFor(azurite.Ports with { Table = Storage.Port, Blob = Blobs.Port }),
                ["RedisConnection"] = Redis.ConnectionString,
            },
        });
    }

    /// <summary>Removes all faults.</summary>
    public void Mend()
    {
        Storage.Fault = _ => ProxyFault.None;
        Blobs.Fault = _ => ProxyFault.None;
        Redis.Fault = _ => ProxyFault.None;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        for (var index = _owned.Count - 1; index >= 0; index--)
        {
            await _owned[index].DisposeAsync();
        }
    }

    private T Own<T>(T server)
        where T : IAsyncDisposable
    {
        _owned.Add(server);
        return server;
    }
}
