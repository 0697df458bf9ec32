namespace McpFunctions.Domain.Identity;

/// <summary>The owner of a credential, which is a session or an API key.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Role">One of <see cref="Roles"/>.</param>
/// <param name="SessionId">The session that the credential belongs to; null for an API key.</param>
public sealed record Principal(string UserId, string Username, string Role, string? SessionId)
{
    /// <summary>The API key; null for a session.</summary>
    public string? KeyId { get; init; }

    /// <summary>The scopes of the credential, of <see cref="Scopes"/>. A session has all that the role allows.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = Identity.Scopes.Of(Role);

    /// <summary>Whether the user is an administrator.</summary>
    public bool IsAdmin => Role == Roles.Admin;
}
