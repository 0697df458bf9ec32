using System.Text.Json.Serialization;
using McpFunctions.Domain.Health;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Health;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(HealthRow))]
internal sealed partial class HealthJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static HealthJsonContext Api { get; } = new(HttpJson.NewOptions());
}
