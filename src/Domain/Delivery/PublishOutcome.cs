namespace McpFunctions.Domain.Delivery;

/// <summary>What became of a transaction.</summary>
public enum PublishOutcome
{
    /// <summary>State and events are in storage; the events reach every consumer.</summary>
    Committed,

    /// <summary>Nothing was changed: a row was not as it was read, or already there. Read again and decide anew.</summary>
    Refused,

    /// <summary>Nothing was changed, or it is not known whether anything was; storage could not be reached. The relay settles it.</summary>
    Unavailable,
}
