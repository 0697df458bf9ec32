using System.Text.Json.Serialization;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Mcp;

/// <summary>How to get a credential for a resource (RFC 9728). The gateway issues credentials itself, so it names no authorization server.</summary>
/// <param name="Resource">The address of the MCP endpoint.</param>
/// <param name="ResourceName">Its name.</param>
/// <param name="ScopesSupported">The scopes of API keys.</param>
/// <param name="BearerMethodsSupported">Where a token is sent.</param>
/// <param name="ResourceDocumentation">The page that says how to sign in.</param>
public sealed record ProtectedResource(
    [property: JsonPropertyName("resource")] string Resource,
    [property: JsonPropertyName("resource_name")] string ResourceName,
    [property: JsonPropertyName("scopes_supported")] IReadOnlyList<string> ScopesSupported,
    [property: JsonPropertyName("bearer_methods_supported")] IReadOnlyList<string> BearerMethodsSupported,
    [property: JsonPropertyName("resource_documentation")] string ResourceDocumentation)
{
    /// <summary>The document of a route.</summary>
    /// <param name="addresses">The addresses that the client has used.</param>
    /// <param name="route">The route after <c>/api/</c>.</param>
    internal static ProtectedResource Of(ResourceMetadata addresses, string route) =>
        new($"{addresses.Base}/api/{route}", "MCP gateway", Scopes.All, ["header"], $"{addresses.Base}/api/docs");
}
