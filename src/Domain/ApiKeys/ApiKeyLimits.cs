namespace McpFunctions.Domain.ApiKeys;

/// <summary>How many API keys there may be.</summary>
/// <param name="MaxPerUser">How many a user may have.</param>
public sealed record ApiKeyLimits(int MaxPerUser);
