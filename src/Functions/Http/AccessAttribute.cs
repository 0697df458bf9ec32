namespace McpFunctions.Functions.Http;

/// <summary>
/// Who may call an HTTP function. A function without it may be called by nobody; one without <see cref="Scope"/> and
/// <see cref="AnyCredential"/> may be called by users in a session, but not by API keys.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AccessAttribute : Attribute
{
    /// <summary>Anybody, without a credential.</summary>
    public bool Anonymous { get; init; }

    /// <summary>Sessions and all API keys, whatever their scopes.</summary>
    public bool AnyCredential { get; init; }

    /// <summary>The scope, one of <see cref="Domain.Auth.Scopes"/>, that an API key must have.</summary>
    public string? Scope { get; init; }

    /// <summary>Also whoever has a ticket in the query, which stands for a credential once.</summary>
    public bool Ticket { get; init; }

    /// <summary>Administrators only.</summary>
    public bool AdminOnly { get; init; }
}
