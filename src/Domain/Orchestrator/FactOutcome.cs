namespace McpFunctions.Domain.Orchestrator;

/// <summary>What came of a fact for a user's context.</summary>
public enum FactOutcome
{
    /// <summary>It was taken.</summary>
    Taken,

    /// <summary>It was known already, or something newer is.</summary>
    Known,

    /// <summary>It is older than <see cref="IContextStore.TombstoneLife"/> and was not taken.</summary>
    TooOld,
}
