namespace McpFunctions.Domain.Auth;

/// <summary>Why a credential was rejected, in <c>auth.failed</c>. The caller is told less.</summary>
public static class RejectionReasons
{
    /// <summary>No user has that name.</summary>
    public const string UnknownName = "unknown-name";

    /// <summary>The password is not the user's.</summary>
    public const string WrongPassword = "wrong-password";

    /// <summary>The access token is not one that this gateway issued.</summary>
    public const string InvalidToken = "invalid-token";

    /// <summary>The access token was good once.</summary>
    public const string ExpiredToken = "expired-token";

    /// <summary>The access token is good, but its session has ended.</summary>
    public const string EndedSession = "ended-session";

    /// <summary>The API key is not one of this gateway, was revoked, or its owner is not there any more.</summary>
    public const string InvalidKey = "invalid-key";

    /// <summary>The API key was good once.</summary>
    public const string ExpiredKey = "expired-key";
}
