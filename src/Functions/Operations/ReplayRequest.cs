namespace McpFunctions.Functions.Operations;

/// <summary>The body of <c>POST events/replay</c>.</summary>
/// <param name="Consumer">The consumer's name.</param>
/// <param name="Types">The types of event; all types unless set.</param>
/// <param name="From">The oldest event time, in RFC 3339.</param>
/// <param name="To">The newest event time, in RFC 3339.</param>
public sealed record ReplayRequest(string? Consumer, IReadOnlyList<string>? Types, string? From, string? To);
