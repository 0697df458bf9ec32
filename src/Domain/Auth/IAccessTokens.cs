namespace McpFunctions.Domain.Auth;

/// <summary>Issues and reads access tokens.</summary>
public interface IAccessTokens
{
    /// <summary>Issues a token.</summary>
    /// <param name="principal">Whom it stands for; in a session.</param>
    /// <param name="notAfter">When it ends at the latest.</param>
    /// <returns>The token and when it ends.</returns>
    AccessToken Issue(Principal principal, DateTimeOffset notAfter);

    /// <summary>Reads a token. Whether its session lives is not looked at.</summary>
    /// <param name="token">What a client sent.</param>
    /// <returns>Whom it stands for; or unauthenticated.</returns>
    Task<Outcome<Principal>> ReadAsync(string token);
}
