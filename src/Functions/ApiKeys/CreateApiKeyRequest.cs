namespace McpFunctions.Functions.ApiKeys;

/// <summary>The body of <c>POST apikeys</c>.</summary>
/// <param name="Name">What the owner calls the key.</param>
/// <param name="Scopes">What it is to be good for.</param>
/// <param name="ExpiresAt">When it ends, a time in RFC 3339; absent for never.</param>
public sealed record CreateApiKeyRequest(string? Name, IReadOnlyList<string?>? Scopes, string? ExpiresAt);
