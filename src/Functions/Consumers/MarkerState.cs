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
