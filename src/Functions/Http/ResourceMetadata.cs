using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Http;

/// <summary>The addresses with which a client finds out how to get a credential (RFC 9728).</summary>
/// <param name="Base">The scheme and host that the client has used.</param>
internal sealed record ResourceMetadata(string Base)
{
    /// <summary>The route of the document, after <c>/api/</c>.</summary>
    public const string Route = ".well-known/oauth-protected-resource";

    /// <summary>The value of <c>WWW-Authenticate</c>, with the address of the document.</summary>
    public string Challenge => $"Bearer resource_metadata=\"{Base}/api/{Route}\"";

    /// <summary>
    /// The addresses as the client of a request sees them. A proxy names the host in <c>X-Forwarded-Host</c>; a client that forges it
    /// misleads only itself, since nothing caches the response.
    /// </summary>
    public static ResourceMetadata Of(HttpRequest request)
    {
        HostString host = request.Header("X-Forwarded-Host") is { } forwarded && IsHost(forwarded) ? new HostString(forwarded) : request.Host;
        return new ResourceMetadata($"{request.Scheme}://{host.ToUriComponent()}");
    }

    // The value goes into a quoted text of a header.
    private static bool IsHost(string text) =>
        text.Length is > 0 and <= 255 && Uri.TryCreate($"http://{text}/", UriKind.Absolute, out Uri? uri) && uri.Authority.Equals(text, StringComparison.OrdinalIgnoreCase);
}
