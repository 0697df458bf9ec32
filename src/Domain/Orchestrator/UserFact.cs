namespace McpFunctions.Domain.Orchestrator;

/// <summary>A fact of a user's context.</summary>
/// <param name="UserId">The owner; the id may have any producer's form.</param>
/// <param name="Fact">The fact.</param>
public sealed record UserFact(string UserId, ContextFact Fact);
