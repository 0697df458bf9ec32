namespace McpFunctions.Functions.Delivery;

/// <summary>A stretch of the <see cref="EventLog"/>.</summary>
/// <param name="Entries">Its lines, oldest first.</param>
/// <param name="Cursor">Where the next stretch begins; null where there is none.</param>
public sealed record LogPage(IReadOnlyList<LogEntry> Entries, string? Cursor);
