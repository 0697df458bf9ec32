namespace McpFunctions.Functions.Http;

/// <summary>
/// Defines who may call an HTTP function. Nobody may call a function without this attribute. API keys may not call a function without
/// <see cref="Scope"/> and <see cref="AnyCredential"/>; users with a session may.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AccessAttribute : Attribute
{
    /// <summary>Anybody, without a credential.</summary>
    public bool Anonymous { get; init; }

    /// <summary>Sessions and all API keys, with any scopes.</summary>
    public bool AnyCredential { get; init; }

    /// <summary>The scope, one of <see cref="Domain.Identity.Scopes"/>, that an API key must have.</summary>
    public string? Scope { get; init; }

    /// <summary>Also clients with a ticket in the query, which replaces a credential once.</summary>
    public bool Ticket { get; init; }

    /// <summary>Whether a 401 names the document that says how to get a credential (RFC 9728, section 5.1).</summary>
    public bool NamesMetadata { get; init; }

    /// <summary>Administrators only.</summary>
    public bool AdminOnly { get; init; }
}
