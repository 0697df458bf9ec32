using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Workflows;

/// <summary>The JSON of the payloads.</summary>
[JsonSerializable(typeof(WorkflowTriggered))]
[JsonSerializable(typeof(WorkflowCompleted))]
internal sealed partial class WorkflowEventsJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire.</summary>
    public static WorkflowEventsJsonContext Wire { get; } = new(EventJsonContext.WireOptions());
}
