namespace McpFunctions.Domain.Auth;

/// <summary>A login that succeeded.</summary>
/// <param name="Principal">Who signed in.</param>
/// <param name="Token">The token to go on with.</param>
public sealed record Login(Principal Principal, AccessToken Token);
