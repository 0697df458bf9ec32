using System.Text.Json;

namespace McpFunctions.Functions.Workflows;

/// <summary>The body of <c>POST workflows</c>.</summary>
/// <param name="Name">The workflow's name.</param>
/// <param name="Input">The workflow's input, any JSON.</param>
public sealed record TriggerWorkflowRequest(string? Name, JsonElement? Input);
