namespace McpFunctions.Domain.Sessions;

/// <summary>Why a session ended, in <see cref="SessionExpired.Reason"/>.</summary>
public static class SessionEnds
{
    /// <summary>It was not used for too long, or reached the end of its life.</summary>
    public const string Idle = "idle";

    /// <summary>The user signed out.</summary>
    public const string Logout = "logout";

    /// <summary>It was ended from another session or by an administrator, or the user was deleted or got another password.</summary>
    public const string Revoked = "revoked";
}
