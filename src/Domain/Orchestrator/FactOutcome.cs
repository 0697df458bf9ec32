namespace McpFunctions.Domain.Orchestrator;

/// <summary>The outcome of a fact for a user's context.</summary>
public enum FactOutcome
{
    /// <summary>The fact was taken.</summary>
    Taken,

    /// <summary>The fact, or a newer one, was known already.</summary>
    Known,

    /// <summary>The fact is older than <see cref="IContextStore.TombstoneRetention"/> and was not taken.</summary>
    TooOld,
}
