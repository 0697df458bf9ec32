using System.Text.Json;

namespace McpFunctions.Functions.Commands;

/// <summary>The body of <c>POST commands</c>.</summary>
/// <param name="Name">The command's name.</param>
/// <param name="Input">The command's input, any JSON.</param>
/// <param name="SessionId">The session that it belongs to.</param>
/// <param name="Arguments">The earlier name of <c>input</c>.</param>
public sealed record StartCommandRequest(string? Name, JsonElement? Input, string? SessionId, JsonElement? Arguments);
