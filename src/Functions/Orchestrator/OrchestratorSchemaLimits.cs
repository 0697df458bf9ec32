using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>The limits that the documents show.</summary>
internal static class OrchestratorSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Add<OrchestratorContext>(nameof(OrchestratorContext.Version), AtLeast(0))
        .Add<ContextCommand>(nameof(ContextCommand.Status), OneOf("started", "completed", "failed"));
}
