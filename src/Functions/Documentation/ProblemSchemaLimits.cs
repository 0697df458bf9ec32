using System.Text.Json.Nodes;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Http;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Documentation;

/// <summary>The limits that the documents show.</summary>
internal static class ProblemSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Add<Problem>(nameof(Problem.Type), Text(1, pattern: "^https://mcpfunctions\\.dev/problems/[a-z]+(-[a-z]+)*$"))
        .Add<Problem>(nameof(Problem.Title), Text(1))
        .Add<Problem>(nameof(Problem.Status), new JsonObject { ["minimum"] = 400, ["maximum"] = 599 })
        .Add<Problem>(nameof(Problem.Detail), Text(1))
        .Add<Problem>(nameof(Problem.TraceId), Text(1))
        .Add<DomainEvent>(nameof(DomainEvent.Payload), new JsonObject { ["type"] = "object" });
}
