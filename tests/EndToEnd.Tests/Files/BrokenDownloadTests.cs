using System.Net;
using McpFunctions.EndToEnd.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.EndToEnd.Tests.Files;

[Collection(OneProxiedFaultAtATime.Name)]
public sealed class BrokenDownloadTests(ProxiedFaults faults)
{
    [Fact]
    public async Task A_file_that_storage_breaks_off_is_no_half_file_but_an_answer_to_try_again()
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
            return ProxyFault.BreakOff;
        };
        try
        {
            using var answer = await user.GetAsync($"files/{id}/content");

            var problem = await Task.FromResult(answer).ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
            Assert.Contains("storage", problem.Text("detail"), StringComparison.Ordinal);
            Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            Assert.True(broken > 0);
        }
        finally
        {
            faults.Mend();
        }
        Assert.Equal(content, await (await user.GetAsync($"files/{id}/content")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
