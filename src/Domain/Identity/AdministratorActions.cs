namespace McpFunctions.Domain.Identity;

/// <summary>The actions of administrators in the audit log. The resource is the user, session or key.</summary>
public static class AdministratorActions
{
    /// <summary>A user is created.</summary>
    public const string CreateUser = "users.create";

    /// <summary>A user is deleted.</summary>
    public const string DeleteUser = "users.delete";

    /// <summary>A password is changed, by an administrator or by the user.</summary>
    public const string ChangePassword = "users.password";

    /// <summary>A user's sessions or API keys are listed.</summary>
    public const string ReadCredentials = "users.credentials.read";

    /// <summary>A user's session is ended by an administrator.</summary>
    public const string RevokeSession = "users.session.revoke";

    /// <summary>A user's API key is revoked by an administrator.</summary>
    public const string RevokeApiKey = "users.apikey.revoke";

    /// <summary>The list of another user's files is read.</summary>
    public const string ReadFiles = "users.files.read";

    /// <summary>Another user's context is read.</summary>
    public const string ReadContext = "users.context.read";

    /// <summary>Another user's events are read, or everybody's.</summary>
    public const string ReadEvents = "users.events.read";
}
