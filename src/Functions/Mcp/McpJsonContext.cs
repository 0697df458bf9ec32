using System.Text.Json.Serialization;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Mcp;

/// <summary>The JSON of responses.</summary>
[JsonSerializable(typeof(ProtectedResource))]
internal sealed partial class McpJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static McpJsonContext Api { get; } = new(HttpJson.NewOptions());
}
