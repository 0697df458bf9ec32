namespace McpFunctions.Functions.Consumers;

/// <summary>The state of an event that a channel brought, by its published marker.</summary>
public enum MarkerState
{
    /// <summary>The journal did not get the event: Redis cannot be reached or refused it.</summary>
    Refused,

    /// <summary>There is no marker, and the event was not added.</summary>
    Absent,

    /// <summary>The event is now in the journal.</summary>
    Added,

    /// <summary>The marker of the event is there, so the journal has or had it.</summary>
    Same,

    /// <summary>Another event has its id.</summary>
    Other,
}

/// <summary>The outcome of a ring.</summary>
/// <param name="Marker">The state of the event.</param>
/// <param name="Entries">The entries that were read.</param>
/// <param name="Problem">The error of reading; empty if there is none. Without a group it begins with <c>NOGROUP</c>.</param>
public sealed record Reception(MarkerState Marker, IReadOnlyList<PendingEntry> Entries, string Problem);
