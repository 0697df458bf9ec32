using Azure.Storage.Blobs;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>One Azurite for all tests that do not stop it. Each test has its own host id.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    public AzuriteServer Server { get; private set; } = null!;

    public BlobContainerClient HostBlobs =>
        new(Server.ConnectionString, "azure-webjobs-hosts", new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02));

    public async ValueTask InitializeAsync() => Server = await AzuriteServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
