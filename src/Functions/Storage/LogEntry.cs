namespace McpFunctions.Functions.Storage;

/// <summary>A line of the <see cref="EventLog"/>: where to find a committed event.</summary>
/// <param name="EventId">The event.</param>
/// <param name="Type">Its type; empty for an abort marker.</param>
/// <param name="Partition">The partition of the Gateway table that holds it.</param>
/// <param name="Timestamp">Its time; for an abort marker, when it was found.</param>
/// <param name="IsAbortMarker">Whether an abort marker stands in its place: it never became true, and the line is there for retention only.</param>
public sealed record LogEntry(string EventId, string Type, string Partition, DateTimeOffset Timestamp, bool IsAbortMarker = false)
{
    /// <summary>The rows of the line, usually one; none before it is stored.</summary>
    public IReadOnlyList<TableRow> Rows { get; init; } = [];

    /// <summary>When storage got the line, by its clock; null before it has.</summary>
    public DateTimeOffset? WrittenAt { get; init; }
}
