using System.Text;
using System.Text.Json;
using McpFunctions.TestServers;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpFunctions.EndToEnd.Tests.Mcp;

/// <summary>Clients of the official SDK, and raw messages.</summary>
internal static class McpAgents
{
    /// <summary>The version without a handshake.</summary>
    public const string Current = "2026-07-28";

    /// <summary>The last version with a handshake.</summary>
    public const string Previous = "2025-11-25";

    private static readonly TimeSpan s_timeout = Eventually.DefaultDeadline;

    /// <summary>A connected client of a user. Its responses are checked against docs/openapi.json.</summary>
    public static Task<McpClient> ConnectAsync(this GatewayApplication gateway, GatewayUser user, string version = Current, params (string Name, string Value)[] headers) =>
        gateway.ConnectAsync(("Authorization", $"Bearer {user.Token}"), version, headers);

    /// <summary>A connected client with any credential.</summary>
    public static Task<McpClient> ConnectAsync(
        this GatewayApplication gateway, (string Name, string Value) credential, string version = Current, params (string Name, string Value)[] headers)
    {
        var transport = new HttpClientTransport(
            new HttpClientTransportOptions
            {
                Endpoint = new Uri(gateway.Address, "mcp"),
                TransportMode = HttpTransportMode.StreamableHttp,
                AdditionalHeaders = headers.Append(credential).ToDictionary(header => header.Name, header => header.Value),
            },
            gateway.Http);
        // The first request of a worker takes longer than the client's usual patience with a probe.
        var options = new McpClientOptions { ProtocolVersion = version, InitializationTimeout = s_timeout, DiscoverProbeTimeout = s_timeout };
        return McpClient.CreateAsync(transport, options, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Calls a tool and returns its structured content.</summary>
    public static async Task<JsonElement> ToolAsync(this McpClient client, string name, object? arguments = null)
    {
        var result = await client.CallAsync(name, arguments);
        Assert.True(result.IsError != true, $"{name} failed: {result.Text()}");
        Assert.Equal(result.Text(), result.StructuredContent?.GetRawText());
        return result.StructuredContent!.Value;
    }

    /// <summary>Calls a tool that fails, and returns the problem.</summary>
    public static async Task<JsonElement> FailureAsync(this McpClient client, string kind, string name, object? arguments = null)
    {
        var result = await client.CallAsync(name, arguments);
        Assert.True(result.IsError, $"{name} did not fail: {result.Text()}");
        var problem = JsonDocument.Parse(result.Text()).RootElement;
        Assert.Equal($"https://mcpfunctions.dev/problems/{kind}", problem.Text("type"));
        Assert.NotEmpty(problem.Text("detail"));
        return problem;
    }

    /// <summary>Calls a tool.</summary>
    public static ValueTask<CallToolResult> CallAsync(this McpClient client, string name, object? arguments = null) => client.CallToolAsync(
        new CallToolRequestParams
        {
            Name = name,
            Arguments = JsonSerializer.SerializeToElement(arguments ?? new { }).EnumerateObject().ToDictionary(field => field.Name, field => field.Value),
        },
        TestContext.Current.CancellationToken);

    /// <summary>The text of a result.</summary>
    public static string Text(this CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;

    /// <summary>Sends a raw message.</summary>
    public static Task<HttpResponseMessage> PostMessageAsync(this GatewayUser user, string body, params (string Name, string Value)[] headers) =>
        user.SendAsync(HttpMethod.Post, "mcp", new StringContent(body, Encoding.UTF8, "application/json"), [("Accept", "application/json, text/event-stream"), .. headers]);

    /// <summary>The JSON-RPC message in a response, which is JSON or server-sent events.</summary>
    public static async Task<JsonElement> MessageAsync(this Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync();
        var json = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? text.Split('\n').Last(line => line.StartsWith("data: ", StringComparison.Ordinal))["data: ".Length..]
            : text;
        return JsonDocument.Parse(json).RootElement;
    }
}
