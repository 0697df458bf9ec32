using System.Net;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Mcp;

/// <summary>The MCP endpoint answers bad messages with the protocol's errors, and lets nobody in without a credential.</summary>
public sealed class McpProtocolTests(GatewayApplication gateway)
{
    private static readonly (string Uri, string Scope)[] s_resources =
    [
        ("mcpfunctions://files/none", "files:read"), ("mcpfunctions://context", "context:read"), ("mcpfunctions://inbox", "notifications:read"),
        ("mcpfunctions://audit/none", "audit:read"), ("mcpfunctions://dead-letters", "events:admin"),
    ];

    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    [Theory]
    [InlineData("", -32700)]
    [InlineData("{", -32700)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""", -32700)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", -32700)]
    [InlineData($"[{Ping}]", -32600)]
    [InlineData("[]", -32600)]
    [InlineData("null", -32600)]
    [InlineData("1", -32600)]
    [InlineData("{}", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1.5,"method":"ping"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":[],"method":"ping"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":7}""", -32600)]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"ping"}""", -32600)]
    [InlineData("""{"jsonrpc":2.0,"id":1,"method":"ping"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1}""", -32600)]
    public async Task A_body_that_is_no_message_gets_400_with_the_protocols_error(string body, int code)
    {
        var user = gateway.NewUser("user");

        using var response = await user.PostMessageAsync(body);
        var error = await response.JsonAsync(HttpStatusCode.BadRequest);
        Assert.Equal(code, error.Number("error", "code"));
        Assert.NotEmpty(error.Text("error", "message"));
    }

    [Theory]
    [InlineData("no/such/method", "{}", -32601)]
    [InlineData("tools/call", "{}", -32602)]
    [InlineData("tools/call", "7", -32602)]
    [InlineData("tools/call", """{"name":null}""", -32602)]
    [InlineData("tools/call", """{"name":"get_file","arguments":[1]}""", -32602)]
    [InlineData("tools/list", """{"cursor":7}""", -32602)]
    [InlineData("resources/list", """{"cursor":"not-a-token"}""", -32602)]
    [InlineData("resources/read", """{"uri":"mcpfunctions://files/none"}""", -32002)]
    [InlineData("resources/read", """{"uri":"mcpfunctions://nothing"}""", -32002)]
    [InlineData("resources/read", """{"uri":7}""", -32602)]
    [InlineData("resources/subscribe", """{"uri":""}""", -32002)]
    [InlineData("prompts/get", """{"name":"none"}""", -32602)]
    [InlineData("initialize", """{"protocolVersion":7}""", -32602)]
    public async Task A_request_that_cannot_be_served_gets_an_error_with_its_id(string method, string parameters, int code)
    {
        var user = gateway.NewUser("user");

        var response = await user.PostMessageAsync($$"""{"jsonrpc":"2.0","id":"a","method":"{{method}}","params":{{parameters}}}""").MessageAsync();
        Assert.Equal("a", response.Text("id"));
        Assert.True(code == response.Number("error", "code"), $"{response}");
        Assert.NotEmpty(response.Text("error", "message"));
    }

    [Fact]
    public async Task Depth_and_size_are_bounded()
    {
        var user = gateway.NewUser("user");
        var deep = string.Concat(Enumerable.Repeat("[", 100)) + string.Concat(Enumerable.Repeat("]", 100));

        var refused = await user.PostMessageAsync($$$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":{{{deep}}}}}""").JsonAsync(HttpStatusCode.BadRequest);
        Assert.Equal(-32700, refused.Number("error", "code"));
        await user.PostMessageAsync($$$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"{{{new string('x', 70_000)}}}"}}""")
            .ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "content-too-large");
    }

    [Fact]
    public async Task Headers_are_checked()
    {
        var user = gateway.NewUser("user");
        StringContent Json() => new(Ping, Encoding.UTF8, "application/json");

        await user.SendAsync(HttpMethod.Post, "mcp", Json(), ("Accept", "application/json")).JsonAsync(HttpStatusCode.NotAcceptable);
        await user.SendAsync(HttpMethod.Post, "mcp", new StringContent(Ping, Encoding.UTF8, "text/plain"), ("Accept", "*/*"))
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        var version = await user.PostMessageAsync(Ping, ("MCP-Protocol-Version", "1999-01-01")).JsonAsync(HttpStatusCode.BadRequest);
        Assert.Equal(-32022, version.Number("error", "code"));
        Assert.Equal("2026-07-28", version.Items("error", "data", "supported")[0].GetString());
        Assert.Equal(-32602, (await user.PostMessageAsync(Ping, ("MCP-Protocol-Version", McpAgents.Current)).JsonAsync(HttpStatusCode.BadRequest)).Number("error", "code"));
        await user.SendAsync(HttpMethod.Get, "mcp", null, ("Accept", "application/json")).JsonAsync(HttpStatusCode.NotAcceptable);
        await user.SendAsync(HttpMethod.Get, "mcp", null, ("Accept", "text/event-stream"), ("MCP-Protocol-Version", McpAgents.Current)).JsonAsync(HttpStatusCode.MethodNotAllowed);
        await user.SendAsync(HttpMethod.Delete, "mcp").ProblemAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        await user.PostMessageAsync(Ping, ("Origin", "https://evil.example")).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await user.PostMessageAsync(Ping, ("Origin", "null")).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        foreach (var origin in new[] { "http://localhost:6274", GatewayApplication.AllowedOrigin })
        {
            Assert.True((await user.PostMessageAsync(Ping, ("Origin", origin)).MessageAsync()).Has("result"));
        }
    }

    [Fact]
    public async Task Without_a_credential_the_answer_names_the_document_that_says_how_to_get_one()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "mcp") { Content = new StringContent(Ping, Encoding.UTF8, "application/json") };
        using var response = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var document = $"{gateway.Address}.well-known/oauth-protected-resource";
        Assert.Equal($"Bearer resource_metadata=\"{document}\"", response.Header("WWW-Authenticate"));
        var resource = await gateway.Http.GetAsync(new Uri(document), TestContext.Current.CancellationToken).JsonAsync();
        Assert.Equal($"{gateway.Address}mcp", resource.Text("resource"));
        Assert.Contains("files:read", resource.Items("scopes_supported").Select(scope => scope.GetString()));
    }

    [Fact]
    public async Task A_user_sees_and_calls_no_tool_and_no_resource_of_administrators()
    {
        var user = gateway.NewUser("user");
        await using var agent = await gateway.ConnectAsync(user);

        var listed = await agent.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(McpDocument.Tools.Where(tool => !tool.IsForAdministrators).Select(tool => tool.Name).Order(), listed.Select(tool => tool.Name).Order());
        foreach (var tool in McpDocument.Tools.Where(tool => tool.IsForAdministrators))
        {
            await agent.FailureAsync("forbidden", tool.Name);
        }
        foreach (var uri in (string[])["mcpfunctions://dead-letters", "mcpfunctions://audit/any"])
        {
            await Assert.ThrowsAsync<ModelContextProtocol.McpProtocolException>(async () => await agent.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken));
        }
        var prompts = await agent.ListPromptsAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("summarize_context", Assert.Single(prompts).Name);
    }

    [Fact]
    public async Task A_key_sees_and_calls_only_what_its_scopes_allow()
    {
        var admin = await gateway.NewSignedInAsync("admin");
        foreach (var scopes in (string[][])[["files:read"], ["commands:write", "workflows:read"], ["audit:read", "context:read"], ["events:admin"]])
        {
            var key = await admin.PostAsync("apikeys", new { name = "agent", scopes }).JsonAsync(HttpStatusCode.Created);
            gateway.Confidential(key.Text("key").Split('_')[2]);
            await using var agent = await gateway.ConnectAsync(("x-api-key", key.Text("key")));
            var listed = (await agent.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken)).Select(tool => tool.Name).ToHashSet();
            foreach (var (name, scope, _) in McpDocument.Tools)
            {
                Assert.True(Allows(scope) == listed.Contains(name), $"{name} with {string.Join(' ', scopes)}");
                if (!Allows(scope))
                {
                    await agent.FailureAsync("forbidden", name);
                }
            }
            foreach (var (uri, scope) in s_resources)
            {
                var refusal = await Record.ExceptionAsync(async () => await agent.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken));
                Assert.True(Allows(scope) != (refusal?.Message.Contains(scope, StringComparison.Ordinal) == true), $"{uri} with {string.Join(' ', scopes)}: {refusal?.Message}");
            }

            bool Allows(string scope) => scopes.Contains(scope) || (!scope.StartsWith("files", StringComparison.Ordinal) && scopes.Contains(scope.Replace(":read", ":write", StringComparison.Ordinal)));
        }
    }
}
