using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpFunctions.EndToEnd.Tests.Security;

public sealed partial class LogInjectionTests(GatewayApplication gateway)
{
    [Fact]
    public async Task Nothing_that_a_client_sends_can_forge_a_line_of_the_log_or_steer_a_terminal()
    {
        var user = await gateway.NewSignedInAsync("admin");
        var mark = $"forged-{Guid.NewGuid():N}"[..15];
        // A line end of each kind, a colour, and a character that turns the reading direction.
        var text = $"{mark}\r\n[2026-01-01T00:00:00.000Z] {mark}\u2028{mark}\u0085{mark}\u001b[31m{mark}\u202e{mark}";
        var escaped = Uri.EscapeDataString(text);
        var json = JsonSerializer.Serialize(text);

        await gateway.PostLoginAsync(text, text).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        var id = (await user.PostRawAsync(text, "content"u8.ToArray(), null, ("User-Agent", $"{mark} \u001b[31m"), ("X-Correlation-Id", mark + "\t" + mark)).JsonAsync(HttpStatusCode.Created)).Text("id");
        await user.GetAsync($"files/{escaped}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        (await user.GetAsync($"{escaped}/{escaped}")).Dispose();
        await user.GetAsync($"files?limit={escaped}&continuationToken={escaped}&prefix={escaped}").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "limit");
        await PostAsync("commands", $$"""{"name": {{json}}, "input": {{json}}}""", HttpStatusCode.Created);
        await PostAsync("workflows", $$"""{"name": {{json}}, "input": {{json}}}""", HttpStatusCode.Accepted);
        await PostAsync("apikeys", $$"""{"name": {{json}}, "scopes": [{{json}}], "expiresAt": {{json}}}""", HttpStatusCode.BadRequest);
        await PostAsync($"files/{escaped}", text, HttpStatusCode.MethodNotAllowed);
        await user.PatchAsync(id, $$"""{"filename": {{json}}, {{json}}: {{json}} """).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", text);
        using (var chunked = new HttpRequestMessage(HttpMethod.Post, $"files?filename={escaped}") { Content = new StringContent(text) })
        {
            chunked.Headers.TransferEncodingChunked = true;
            (await gateway.Http.SendAsync(chunked, TestContext.Current.CancellationToken)).Dispose();
        }
        await user.AuditOfAsync(id, 1);

        Assert.NotEmpty(gateway.Log);
        Assert.All(gateway.Log, line =>
        {
            Assert.DoesNotContain(line, character => char.IsControl(character) && character != '\t');
            // Text of a client may stand within a line, but never at its beginning.
            Assert.DoesNotMatch($@"^\[2026-01-01T00:00:00\.000Z\]|^{mark}", line);
        });
        Assert.All(gateway.Log.Where(line => line.Contains(mark, StringComparison.Ordinal)), line => Assert.Matches(LineOfTheHost(), line));

        async Task PostAsync(string path, string body, HttpStatusCode expected)
        {
            using var response = await user.SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json"));
            Assert.Equal(expected, response.StatusCode);
        }
    }

    [GeneratedRegex(@"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] ")]
    private static partial Regex LineOfTheHost();
}
