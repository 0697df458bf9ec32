using System.Text.Json.Serialization;

namespace McpFunctions.Functions.Http;

/// <summary>The JSON of problems.</summary>
[JsonSerializable(typeof(Problem))]
internal sealed partial class ProblemJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static ProblemJsonContext Api { get; } = new(HttpJson.NewOptions());
}
