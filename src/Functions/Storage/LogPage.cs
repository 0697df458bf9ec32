namespace McpFunctions.Functions.Storage;

/// <summary>A stretch of the <see cref="EventLog"/>.</summary>
/// <param name="Entries">Its lines, oldest first.</param>
/// <param name="Cursor">The start of the next page; null if there is none.</param>
public sealed record LogPage(IReadOnlyList<LogEntry> Entries, string? Cursor);
