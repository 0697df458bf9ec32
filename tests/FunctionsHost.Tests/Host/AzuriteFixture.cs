using Azure.Storage.Blobs;
using McpFunctions.FunctionsHost.Tests.Host;
using McpFunctions.TestServers;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>One Azurite for all tests that do not stop it. Each test has its own account or host id.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    public AzuriteServer Server { get; private set; } = null!;

    public BlobContainerClient HostBlobs =>
        new(Server.ConnectionString, "azure-webjobs-hosts", new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02));

    public async ValueTask InitializeAsync() => Server = await AzuriteServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
