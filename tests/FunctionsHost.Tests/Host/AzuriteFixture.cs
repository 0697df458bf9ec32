using Azure.Storage.Blobs;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>One Azurite for the tests that leave it running; each takes a host id of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    public AzuriteServer Server { get; private set; } = null!;

    public BlobContainerClient HostBlobs =>
        new(Server.ConnectionString, "azure-webjobs-hosts", new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02));

    public async ValueTask InitializeAsync() => Server = await AzuriteServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
