namespace McpFunctions.Domain.Orchestrator;

/// <summary>A user's stored context: a fact per entity and phase.</summary>
/// <param name="Version">Counts the facts that changed it.</param>
/// <param name="UpdatedAt">The newest time among them; null if there is none.</param>
/// <param name="Facts">The facts, in no order.</param>
public sealed record ContextSnapshot(long Version, DateTimeOffset? UpdatedAt, IReadOnlyList<ContextFact> Facts);
