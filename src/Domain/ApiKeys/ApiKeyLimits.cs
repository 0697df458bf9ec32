namespace McpFunctions.Domain.ApiKeys;

/// <summary>The limits of API keys.</summary>
/// <param name="MaxPerUser">The most API keys of a user.</param>
public sealed record ApiKeyLimits(int MaxPerUser);
