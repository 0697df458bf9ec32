namespace McpFunctions.Domain.Auth;

/// <summary>Where a credential comes from.</summary>
/// <param name="CorrelationId">The request's correlation id.</param>
/// <param name="Address">The client's network address, as the trusted proxy before the gateway saw it; null where there is none.</param>
public sealed record Origin(string CorrelationId, string? Address);
