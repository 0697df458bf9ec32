namespace McpFunctions.Domain.Orchestrator;

/// <summary>A fact of a user's context.</summary>
/// <param name="UserId">Whose context; any producer's form of id.</param>
/// <param name="Fact">The fact.</param>
public sealed record UserFact(string UserId, ContextFact Fact);
