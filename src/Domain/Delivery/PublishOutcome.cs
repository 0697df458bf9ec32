namespace McpFunctions.Domain.Delivery;

/// <summary>The outcome of a transaction.</summary>
public enum PublishOutcome
{
    /// <summary>State and events are stored. The events will reach every consumer.</summary>
    Committed,

    /// <summary>Nothing changed: a row has changed since it was read, or exists already. Read again and decide again.</summary>
    Refused,

    /// <summary>Storage is unavailable, and the outcome may be unknown. The relay decides it.</summary>
    Unavailable,
}
