namespace McpFunctions.Domain.Identity;

/// <summary>The roles of users.</summary>
public static class Roles
{
    /// <summary>Works with the user's own resources.</summary>
    public const string User = "user";

    /// <summary>Administers the gateway.</summary>
    public const string Admin = "admin";
}
