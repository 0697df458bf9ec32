using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Functions.Auth;

/// <summary>The response of <c>GET auth/me</c>: the owner of the credential.</summary>
/// <param name="User">The user.</param>
/// <param name="SessionId">The session; absent for an API key.</param>
/// <param name="KeyId">The API key; absent for a session.</param>
/// <param name="Scopes">The scopes of the credential.</param>
public sealed record CredentialResponse(
    UserResponse User,
    [property: DataType("uuid")] string? SessionId,
    [property: DataType("uuid")] string? KeyId,
    [property: MinLength(0), ListedIn(typeof(Domain.Identity.Scopes), nameof(Domain.Identity.Scopes.All))] IReadOnlyList<string> Scopes)
{
    /// <summary>Makes the response for a principal.</summary>
    /// <param name="principal">The principal.</param>
    public static CredentialResponse Of(Principal principal) => new(
        new UserResponse(principal.UserId, principal.Username, principal.Role), principal.SessionId, principal.KeyId, principal.Scopes);
}
