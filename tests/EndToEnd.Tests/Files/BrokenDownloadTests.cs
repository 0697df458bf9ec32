using System.Net;
using McpFunctions.EndToEnd.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.EndToEnd.Tests.Files;

[Collection(OneProxiedFaultAtATime.Name)]
public sealed class BrokenDownloadTests(ProxiedFaults faults)
{
    [Theory]
    [InlineData(ProxyFault.LoseRequest)]
    [InlineData(ProxyFault.BreakOff)]
    public async Task A_client_notices_that_storage_did_not_give_the_whole_file(ProxyFault fault)
    {
        var user = faults.Gateway.NewUser();
        var content = new string('c', 300_000);
        var id = (await user.UploadAsync("large.txt", content)).Text("id");
        var broken = 0;
        faults.Blobs.Fault = request =>
        {
            if (!HttpMethods.IsGet(request.Method) || request.Query.ContainsKey("comp") || request.Query.ContainsKey("restype"))
            {
                return ProxyFault.None;
            }
            Interlocked.Increment(ref broken);
            return fault;
        };
        try
        {
            if (fault == ProxyFault.BreakOff)
            {
                // The first bytes are already sent, so the client notices that the rest is missing.
                await Assert.ThrowsAsync<HttpRequestException>(() => user.GetAsync($"files/{id}/content"));
            }
            else
            {
                using var response = await user.GetAsync($"files/{id}/content");
                var problem = await Task.FromResult(response).ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
                Assert.Contains("storage", problem.Text("detail"), StringComparison.Ordinal);
                Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            }
            Assert.True(broken > 0);
        }
        finally
        {
            faults.Mend();
        }
        Assert.Equal(content, await (await user.GetAsync($"files/{id}/content")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
