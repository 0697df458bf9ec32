using McpFunctions.Domain.Auth;

namespace McpFunctions.Functions.Auth;

/// <summary>The answer of <c>GET auth/me</c>: who the credential stands for.</summary>
/// <param name="User">The user.</param>
/// <param name="SessionId">The session; absent for an API key.</param>
/// <param name="KeyId">The API key; absent for a session.</param>
/// <param name="Scopes">What the credential is good for.</param>
public sealed record CredentialAnswer(UserAnswer User, string? SessionId, string? KeyId, IReadOnlyList<string> Scopes)
{
    /// <summary>The answer for a principal.</summary>
    /// <param name="principal">The principal.</param>
    /// <returns>The answer.</returns>
    public static CredentialAnswer Of(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return new CredentialAnswer(
            new UserAnswer(principal.UserId, principal.Username, principal.Role), principal.SessionId, principal.KeyId, principal.Scopes);
    }
}
