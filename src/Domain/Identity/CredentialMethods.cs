namespace McpFunctions.Domain.Identity;

/// <summary>By what somebody wanted to be let in, in <c>auth.…</c> events.</summary>
public static class CredentialMethods
{
    /// <summary>A name with its password.</summary>
    public const string Password = "password";

    /// <summary>An access token.</summary>
    public const string Token = "token";

    /// <summary>An API key.</summary>
    public const string ApiKey = "apikey";
}
