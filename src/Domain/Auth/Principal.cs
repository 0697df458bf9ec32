namespace McpFunctions.Domain.Auth;

/// <summary>Who a credential stands for: a session or an API key of a user.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Role">One of <see cref="Roles"/>.</param>
/// <param name="SessionId">The session that the credential belongs to; null for an API key.</param>
public sealed record Principal(string UserId, string Username, string Role, string? SessionId)
{
    /// <summary>The API key; null for a session.</summary>
    public string? KeyId { get; init; }

    /// <summary>What the credential is good for, of <see cref="Scopes"/>: for a session, whatever the role allows.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = Auth.Scopes.Of(Role);

    /// <summary>Whether the user is an administrator.</summary>
    public bool IsAdmin => Role == Roles.Admin;
}
