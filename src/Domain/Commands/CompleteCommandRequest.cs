using System.Text.Json;

namespace McpFunctions.Domain.Commands;

/// <summary>The body of <c>POST commands/{id}/complete</c>.</summary>
/// <param name="Output">The command's output, any JSON.</param>
/// <param name="Result">The earlier name of <c>output</c>.</param>
public sealed record CompleteCommandRequest(
    [property: JsonLimit] JsonElement? Output,
    [property: JsonLimit, Deprecated] JsonElement? Result);
