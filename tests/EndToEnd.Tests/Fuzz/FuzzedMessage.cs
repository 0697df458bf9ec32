using System.Text;
using System.Text.Json;
using McpFunctions.EndToEnd.Tests.Mcp;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>JSON-RPC messages of the Model Context Protocol, valid and nearly valid. They call only tools that read.</summary>
internal static class FuzzedMessage
{
    /// <summary>The path of the endpoint.</summary>
    public const string Path = "/mcp";

    private static readonly string[] s_methods =
    [
        "initialize", "ping", "tools/list", "tools/call", "tools/call", "tools/call", "resources/list", "resources/templates/list", "resources/read", "resources/read",
        "resources/subscribe", "prompts/list", "prompts/get", "server/discover", "subscriptions/listen", "notifications/initialized", "notifications/cancelled",
        "completion/complete", "logging/setLevel", "",
    ];

    private static readonly string[] s_names =
    [
        .. McpDocument.Tools.Select(tool => tool.Name).Where(name => name.Split('_')[0] is "list" or "get" or "search" or "wait"),
        "explain_correlation", "triage_dead_letters", "summarize_context",
    ];

    private static readonly string[] s_uris =
        ["mcpfunctions://context", "mcpfunctions://inbox?after=1", "mcpfunctions://files/x?offset=-1", "mcpfunctions://audit/x", "mcpfunctions://dead-letters?consumer=audit", "file:///x"];

    /// <summary>Makes a message and adds its headers.</summary>
    public static byte[] Make(Random random, List<(string Name, string Value)> headers)
    {
        if (random.Next(12) > 0)
        {
            headers.Add(("Accept", "application/json, text/event-stream"));
        }
        var method = random.Next(15) == 0 ? UnusualInput.Line(random) : s_methods[random.Next(s_methods.Length)];
        var isCurrent = random.Next(2) == 0;
        if (isCurrent)
        {
            headers.Add(("MCP-Protocol-Version", random.Next(8) == 0 ? "1999-01-01" : McpAgents.Current));
            headers.Add(("Mcp-Method", s_methods.Contains(method) ? method : "x"));
        }
        var parameters = new Dictionary<string, object?>
        {
            ["name"] = s_names[random.Next(s_names.Length)],
            ["uri"] = random.Next(3) == 0 ? UnusualInput.Line(random) : s_uris[random.Next(s_uris.Length)],
            ["arguments"] = new Dictionary<string, object?>
            {
                [random.Next(2) == 0 ? "id" : UnusualInput.Line(random)] = random.Next(2) == 0 ? Guid.NewGuid().ToString() : UnusualInput.Text(random),
                [random.Next(2) == 0 ? "limit" : "consumer"] = random.Next(3) == 0 ? UnusualInput.Line(random) : random.Next(-1, 10),
            },
            ["notifications"] = random.Next(3) == 0 ? null : new { resourceSubscriptions = s_uris },
        };
        if (isCurrent && random.Next(8) > 0)
        {
            headers.Add(("Mcp-Name", method == "resources/read" ? "mcpfunctions://context" : (string)parameters["name"]!));
            parameters["_meta"] = new Dictionary<string, object>
            {
                ["io.modelcontextprotocol/protocolVersion"] = McpAgents.Current,
                ["io.modelcontextprotocol/clientCapabilities"] = new { },
            };
        }
        var text = JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["jsonrpc"] = random.Next(20) == 0 ? "1.0" : "2.0",
            ["id"] = random.Next(10) switch { 0 => null, 1 => 1.5, 2 => UnusualInput.Text(random), _ => random.Next(1000) },
            ["method"] = method,
            ["params"] = parameters,
        });
        return random.Next(10) switch
        {
            0 => Encoding.UTF8.GetBytes(UnusualInput.Json(random)),
            1 => Encoding.UTF8.GetBytes($"{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{s_methods[random.Next(s_methods.Length)]}\",\"params\":{UnusualInput.Json(random)}}}"),
            2 => Encoding.UTF8.GetBytes($"[{text}]"),
            3 => Encoding.UTF8.GetBytes(text)[..random.Next(text.Length)],
            _ => Encoding.UTF8.GetBytes(text),
        };
    }
}
