using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Outages;

/// <summary>An application with a Redis and a storage of its own, which its tests stop, freeze and wipe, one test after the other.</summary>
[CollectionDefinition(Name)]
public sealed class StoppableApplication : ICollectionFixture<StoppableApplication>, IAsyncLifetime
{
    public const string Name = "stoppable application";

    private readonly TemporaryFolder _folder = new();
    private AzuriteServer? _azurite;

    /// <summary>The application.</summary>
    public GatewayApplication Gateway { get; private set; } = null!;

    /// <summary>The file with its signing keys.</summary>
    public string SigningKeysFile => Path.Combine(_folder.Path, "signing-keys.json");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartAsync(AzuriteStorage.OnDisk);
        Gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "stoppable-application",
            Azurite = _azurite,
            SigningKeysFile = SigningKeysFile,
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _azurite!.DisposeAsync();
        _folder.Dispose();
    }
}
