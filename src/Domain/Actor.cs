namespace McpFunctions.Domain;

/// <summary>Who asks a service for something, and in which request.</summary>
/// <param name="UserId">The user.</param>
/// <param name="CorrelationId">The request's correlation id; it goes into the events.</param>
public sealed record Actor(string UserId, string CorrelationId);
