namespace McpFunctions.Domain.Credentials;

/// <summary>The result of comparing a password with a hash.</summary>
public enum PasswordCheckResult
{
    /// <summary>The password does not match.</summary>
    Wrong,

    /// <summary>The password matches.</summary>
    Right,

    /// <summary>The password matches, but the hash has weaker parameters than today's and should be replaced.</summary>
    RightButOutdated,
}
