using System.Text.Json;

namespace McpFunctions.Functions.Commands;

/// <summary>The body of <c>POST commands/{id}/complete</c>.</summary>
/// <param name="Result">What came of it, any JSON.</param>
public sealed record CompleteCommandRequest(JsonElement? Result);
