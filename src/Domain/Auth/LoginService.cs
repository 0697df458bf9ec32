namespace McpFunctions.Domain.Auth;

/// <summary>Signs users in.</summary>
/// <param name="administrator">The administrator of the settings.</param>
/// <param name="tokens">Issues tokens.</param>
/// <param name="time">The clock.</param>
public sealed class LoginService(BootstrapAdministrator administrator, IAccessTokens tokens, TimeProvider time)
{
    /// <summary>The longest name in characters.</summary>
    public const int MaxUsernameLength = 256;

    /// <summary>The longest password in characters.</summary>
    public const int MaxPasswordLength = 1024;

    /// <summary>Signs a user in.</summary>
    /// <param name="username">The name as the client sent it.</param>
    /// <param name="password">The password as the client sent it.</param>
    /// <returns>A new login; or rejected, unauthenticated.</returns>
    public Outcome<Login> Login(string? username, string? password)
    {
        Dictionary<string, string[]> errors = [];
        if (username is null or { Length: 0 or > MaxUsernameLength })
        {
            errors["username"] = [$"Send a name of 1 to {MaxUsernameLength} characters."];
        }

        if (password is null or { Length: 0 or > MaxPasswordLength })
        {
            errors["password"] = [$"Send a password of 1 to {MaxPasswordLength} characters."];
        }

        if (errors.Count > 0)
        {
            return new Failure.Rejected(errors);
        }

        if (!administrator.Matches(username!, password!))
        {
            return new Failure.Unauthenticated("The name or the password is wrong.");
        }

        var principal = new Principal(
            administrator.UserId, administrator.Username, Roles.Admin, Guid.CreateVersion7(time.GetUtcNow()).ToString());
        return new Login(principal, tokens.Issue(principal));
    }
}
