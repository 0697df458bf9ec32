namespace McpFunctions.Domain.Identity;

/// <summary>The origin of a credential.</summary>
/// <param name="CorrelationId">The request's correlation id.</param>
/// <param name="Address">The client's network address, as the trusted proxy before the gateway saw it; null if unknown.</param>
public sealed record Origin(string CorrelationId, string? Address);
