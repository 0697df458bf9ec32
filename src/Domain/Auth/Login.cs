using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Auth;

/// <summary>A successful login or a continued session.</summary>
/// <param name="Principal">The signed-in user.</param>
/// <param name="Token">The new access token.</param>
public sealed record Login(Principal Principal, AccessToken Token);
