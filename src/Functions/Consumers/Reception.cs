namespace McpFunctions.Functions.Consumers;

/// <summary>The outcome of a ring.</summary>
/// <param name="Marker">The state of the event.</param>
/// <param name="Entries">The entries that were read.</param>
/// <param name="Problem">The error of reading; empty if there is none. Without a group it begins with <c>NOGROUP</c>.</param>
public sealed record Reception(MarkerState Marker, IReadOnlyList<PendingEntry> Entries, string Problem);
