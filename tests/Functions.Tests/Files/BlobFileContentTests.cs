using McpFunctions.Domain.Files;
using McpFunctions.Functions.Files;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Tests.Files;

public sealed class BlobFileContentTests(Stores stores)
{
    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public async Task Content_is_stored_even_if_the_response_to_its_last_request_is_lost(int length)
    {
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite, stores.Azurite.NewAccount(), isForBlobs: true);
        int lost = 0;
        proxy.Fault = request => HttpMethods.IsPut(request.Method) && !request.Query.ContainsKey("restype") && request.Query["comp"] != "block" && Interlocked.Exchange(ref lost, 1) == 0
            ? ProxyFault.LoseResponse
            : ProxyFault.None;
        var contents = new BlobFileContent(new(proxy.ConnectionString), Stores.CallTimeout);
        string name = FileKeys.NewContent(Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), 1);
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        await (await contents.ReceiveAsync(name, new MemoryStream(bytes), CancellationToken.None)).StoreAsync(CancellationToken.None);

        Assert.Equal(1, lost);
        var stored = new MemoryStream();
        await contents.Open(name, length).CopyToAsync(stored, CancellationToken.None);
        Assert.Equal(bytes, stored.ToArray());
    }
}
