using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Mcp;

/// <summary>The TypeScript SDK's client and the conformance suite of the Model Context Protocol.</summary>
public sealed class McpPeerTests(GatewayApplication gateway)
{
    // The others need fixed names of a test server, or features that the gateway does not offer, such as sampling and sessions.
    private static readonly string[] s_scenarios = ["server-initialize", "ping", "tools-list", "resources-list", "prompts-list", "dns-rebinding-protection"];

    [Fact]
    public async Task The_TypeScript_client_uses_tools_resources_and_prompts()
    {
        var user = gateway.NewUser();
        await using var client = await StartAsync("client.mjs", user);
        Assert.True(await client.WaitForExitAsync() == 0, string.Join('\n', client.Output));

        var seen = JsonDocument.Parse(client.Output[^1]).RootElement;
        Assert.Equal("mcpfunctions", seen.Text("server"));
        Assert.Equal(McpDocument.Tools.Select(tool => tool.Name), seen.Items("tools").Select(tool => tool.GetString()));
        Assert.Equal("grüße", seen.Text("text"));
        Assert.Equal("https://mcpfunctions.dev/problems/not-found", seen.Text("missing", "problem", "type"));
        Assert.True(seen.At("missing", "isError").GetBoolean());
        Assert.Equal("started", seen.Text("waited"));
        Assert.NotEmpty(seen.Items("progress"));
        Assert.Equal(3, seen.Items("prompts").Length);
        Assert.Equal(user.Id, Assert.Single(await user.AuditOfAsync(seen.Text("id"), 1)).Text("userId"));
    }

    [Fact]
    public async Task The_gateway_passes_the_scenarios_of_the_conformance_suite_that_need_no_test_server()
    {
        await using var suite = await StartAsync("conformance.mjs", gateway.NewUser(), s_scenarios);
        await suite.WaitForExitAsync();

        var output = suite.Output;
        Assert.True(s_scenarios.All(scenario => output.Any(line => line.EndsWith($"scenario {scenario}: passed", StringComparison.Ordinal))), string.Join('\n', output));
    }

    private Task<ChildProcess> StartAsync(string script, GatewayUser user, params string[] arguments) => ChildProcess.StartAsync(
        "node",
        [Repository.PathOf("tests", "EndToEnd.Tests", "McpPeer", script), $"{gateway.Address}mcp", .. arguments],
        new Dictionary<string, string?> { ["GATEWAY_TOKEN"] = user.Token },
        name: script,
        keptLines: int.MaxValue);
}
