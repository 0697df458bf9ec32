namespace McpFunctions.Domain.Auth;

/// <summary>A login that succeeded, or a session that goes on.</summary>
/// <param name="Principal">Who is signed in.</param>
/// <param name="Token">The token to go on with.</param>
public sealed record Login(Principal Principal, AccessToken Token);
