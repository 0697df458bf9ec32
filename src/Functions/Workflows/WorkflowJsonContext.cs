using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Workflows;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(TriggerWorkflowRequest))]
[JsonSerializable(typeof(CompleteWorkflowRequest))]
[JsonSerializable(typeof(WorkflowRecord))]
[JsonSerializable(typeof(Page<WorkflowRecord>))]
[JsonSerializable(typeof(IdempotencyRow<WorkflowRecord>))]
internal sealed partial class WorkflowJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static WorkflowJsonContext Api { get; } = new(HttpJson.NewOptions());
}
