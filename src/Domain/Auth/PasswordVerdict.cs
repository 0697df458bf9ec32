namespace McpFunctions.Domain.Auth;

/// <summary>Whether a password is the one of a hash.</summary>
public enum PasswordVerdict
{
    /// <summary>It is another.</summary>
    Wrong,

    /// <summary>It is.</summary>
    Right,

    /// <summary>It is, and the hash was made with weaker parameters than those of today: make a new one.</summary>
    RightButOutdated,
}
