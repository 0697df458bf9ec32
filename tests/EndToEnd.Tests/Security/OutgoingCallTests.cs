using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Security;

public sealed class OutgoingCallTests(GatewayApplication gateway)
{
    [Fact]
    public async Task A_URL_that_a_client_sends_is_a_text_and_is_never_called()
    {
        // A request of the gateway to the URL of a client would arrive here.
        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)trap.LocalEndpoint).Port}/callback.txt";
        var json = JsonSerializer.Serialize(url);
        var user = gateway.NewUser();

        var file = (await user.PostRawAsync(
            url, Encoding.UTF8.GetBytes(url), "text/uri-list", ("Referer", url), ("Origin", url), ("X-Forwarded-Host", url), ("Forwarded", $"host={url}"), ("Link", $"<{url}>"))
            .JsonAsync(HttpStatusCode.Created)).Text("id");
        await user.GetAsync($"files?prefix={Uri.EscapeDataString(url)}&callback={Uri.EscapeDataString(url)}").JsonAsync();
        var command = await PostAsync("commands", $$$"""{"name": {{{json}}}, "input": {"url": {{{json}}}, "$ref": {{{json}}}, "webhook": {{{json}}} }}""", HttpStatusCode.Created);
        await PostAsync($"commands/{command}/complete", $$$"""{"output": {"href": {{{json}}} }}""", HttpStatusCode.OK);
        var workflow = await PostAsync("workflows", $$"""{"name": {{json}}, "input": [{{json}}]}""", HttpStatusCode.Accepted);
        await PostAsync($"workflows/{workflow}/complete", $$"""{"status": "failed", "output": {{json}}}""", HttpStatusCode.OK);

        // Wait until everything has had its effect.
        await user.AuditOfAsync(file, 1);
        await user.AuditOfAsync(command, 2);
        await user.AuditOfAsync(workflow, 2);
        await Eventually.UntilAsync(async () => (await user.NotificationsAsync()).Length == 5);
        await user.FileInContextAsync(file, _ => true);
        Assert.False(trap.Pending());

        async Task<string> PostAsync(string path, string body, HttpStatusCode expected) =>
            (await user.SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json")).JsonAsync(expected)).Text("id");
    }
}
