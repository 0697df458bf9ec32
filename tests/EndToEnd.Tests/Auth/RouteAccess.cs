namespace McpFunctions.EndToEnd.Tests.Auth;

/// <summary>Who may use a route, as the API promises it. This list is independent of the code that grants access.</summary>
/// <param name="IsAnonymous">Anybody, without a credential.</param>
/// <param name="IsForAdministrators">Administrators only.</param>
/// <param name="Scope">The scope that an API key needs; null where no key is accepted, <see cref="AnyScope"/> where every key is.</param>
public sealed record RouteAccess(bool IsAnonymous, bool IsForAdministrators, string? Scope)
{
    public const string AnyScope = "*";

    private static readonly RouteAccess s_anonymous = new(true, false, null);
    private static readonly RouteAccess s_sessionOnly = new(false, false, null);

    /// <summary>The access of a route. Add new routes here.</summary>
    public static RouteAccess Of(string method, string route) => (route.Split('/')[0], route) switch
    {
        (_, "auth/login") => s_anonymous,
        (_, "auth/me" or "mcp") => new(false, false, AnyScope),
        (".well-known", _) => s_anonymous,
        ("auth" or "sessions" or "apikeys", _) => s_sessionOnly,
        ("users", _) => new(false, true, null),
        ("files", _) => new(false, false, method is "GET" or "HEAD" ? "files:read" : "files:write"),
        ("commands", _) => new(false, false, method is "GET" or "HEAD" ? "commands:read" : "commands:write"),
        ("workflows", _) => new(false, false, method is "GET" or "HEAD" ? "workflows:read" : "workflows:write"),
        ("notifications", _) => new(false, false, "notifications:read"),
        ("orchestrator", _) => new(false, false, "context:read"),
        ("audit", _) => new(false, true, "audit:read"),
        ("events" or "consumers" or "dead-letters" or "operations", _) => new(false, true, "events:admin"),
        ("openapi.json" or "asyncapi.json" or "docs" or "health" or "console", _) => s_anonymous,
        _ => throw new ArgumentException($"Add the access of {method} {route} here."),
    };
}
