namespace McpFunctions.Functions.Operations;

/// <summary>The body of <c>POST dead-letters/retry</c>.</summary>
/// <param name="Consumer">The consumer's name.</param>
/// <param name="Type">The type of event; all types unless set.</param>
public sealed record RetryRequest(string? Consumer, string? Type);
