using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Documentation;

/// <summary>The JSON of the documents.</summary>
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class DocumentJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static DocumentJsonContext Api { get; } = new(HttpJson.NewOptions());
}
