namespace McpFunctions.Domain.Auth;

/// <summary>What users may be.</summary>
public static class Roles
{
    /// <summary>Works with what is the user's own.</summary>
    public const string User = "user";

    /// <summary>Administers the gateway.</summary>
    public const string Admin = "admin";
}
