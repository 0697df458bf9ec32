namespace McpFunctions.Domain.Files;

/// <summary>One version in a file's history. It names the event, which commits with it in the same partition.</summary>
/// <param name="EventId">The id of the event.</param>
public sealed record FileHistoryRow(string EventId);
