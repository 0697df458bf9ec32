namespace McpFunctions.Functions.Commands;

/// <summary>The body of <c>POST commands/{id}/fail</c>.</summary>
/// <param name="Error">The error message.</param>
public sealed record FailCommandRequest(string? Error);
