namespace McpFunctions.Domain.Auth;

/// <summary>Who a credential stands for.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Username">The user's name.</param>
/// <param name="Role">One of <see cref="Roles"/>.</param>
/// <param name="SessionId">The session that the credential belongs to.</param>
public sealed record Principal(string UserId, string Username, string Role, string SessionId)
{
    /// <summary>Whether the user is an administrator.</summary>
    public bool IsAdmin => Role == Roles.Admin;
}
