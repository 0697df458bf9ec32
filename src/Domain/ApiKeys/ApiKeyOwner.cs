namespace McpFunctions.Domain.ApiKeys;

/// <summary>The look-up from an API key's id to the partition that holds it.</summary>
/// <param name="UserId">The owner.</param>
public sealed record ApiKeyOwner(string UserId);
