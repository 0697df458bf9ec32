namespace McpFunctions.Functions.Http;

/// <summary>Who may call an HTTP function. A function without it may be called by nobody.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AccessAttribute : Attribute
{
    /// <summary>Anybody, without a credential.</summary>
    public bool Anonymous { get; init; }

    /// <summary>The scope, one of <see cref="Domain.Auth.Scopes"/>, that an API key must have.</summary>
    public string? Scope { get; init; }

    /// <summary>Administrators only.</summary>
    public bool AdminOnly { get; init; }
}
