namespace McpFunctions.Functions.ApiKeys;

/// <summary>The body of <c>POST apikeys</c>.</summary>
/// <param name="Name">The name that the owner gives the key.</param>
/// <param name="Scopes">The scopes that the key gets.</param>
/// <param name="ExpiresAt">The time at which the key expires, in RFC 3339; absent if it never expires.</param>
public sealed record CreateApiKeyRequest(string? Name, IReadOnlyList<string?>? Scopes, string? ExpiresAt);
