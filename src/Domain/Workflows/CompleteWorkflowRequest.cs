using System.Text.Json;

namespace McpFunctions.Functions.Workflows;

/// <summary>The body of <c>POST workflows/{id}/complete</c>.</summary>
/// <param name="Status"><c>succeeded</c> or <c>failed</c>.</param>
/// <param name="Output">The workflow's output, any JSON.</param>
public sealed record CompleteWorkflowRequest(string? Status, JsonElement? Output);
