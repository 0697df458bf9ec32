using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Auth;

/// <summary>Issues and reads access tokens.</summary>
public interface IAccessTokens
{
    /// <summary>Issues a token.</summary>
    /// <param name="principal">The owner, with a session.</param>
    /// <param name="notAfter">The latest time at which it expires.</param>
    AccessToken Issue(Principal principal, DateTimeOffset notAfter);

    /// <summary>Reads a token without checking its session.</summary>
    /// <param name="token">The token from the client.</param>
    /// <returns>The owner; or unauthenticated.</returns>
    Task<Outcome<Principal>> ReadAsync(string token);
}
