using System.Text.Json;

namespace McpFunctions.Functions.Workflows;

/// <summary>The body of <c>POST workflows</c>.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Input">What it is given, any JSON.</param>
public sealed record TriggerWorkflowRequest(string? Name, JsonElement? Input);
