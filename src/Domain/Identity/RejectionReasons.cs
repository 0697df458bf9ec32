namespace McpFunctions.Domain.Identity;

/// <summary>The reasons for rejected credentials in <c>auth.failed</c>. The caller learns less.</summary>
public static class RejectionReasons
{
    /// <summary>No user has that name.</summary>
    public const string UnknownName = "unknown-name";

    /// <summary>The password is not the user's.</summary>
    public const string WrongPassword = "wrong-password";

    /// <summary>This gateway did not issue the access token.</summary>
    public const string InvalidToken = "invalid-token";

    /// <summary>The access token has expired.</summary>
    public const string ExpiredToken = "expired-token";

    /// <summary>The access token is valid, but its session has ended.</summary>
    public const string EndedSession = "ended-session";

    /// <summary>The API key is unknown or revoked, or its owner no longer exists.</summary>
    public const string InvalidKey = "invalid-key";

    /// <summary>The API key has expired.</summary>
    public const string ExpiredKey = "expired-key";
}
