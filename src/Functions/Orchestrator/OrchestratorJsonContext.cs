using System.Text.Json.Serialization;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(OrchestratorContext))]
[JsonSerializable(typeof(ContextFact))]
internal sealed partial class OrchestratorJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static OrchestratorJsonContext Api { get; } = new(HttpJson.NewOptions());

    /// <summary>The context with the options of stored JSON.</summary>
    public static OrchestratorJsonContext Stored { get; } = new(StoredJson.NewOptions());
}
