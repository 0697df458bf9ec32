namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>The access level of a request. Without <c>--enableAuth</c> it is always the highest, as with <c>func start</c>.</summary>
internal sealed class KeyAuthorization(KeyStore keys, bool enforced)
{
    private const string Header = "x-functions-key";
    private const string QueryParameter = "code";

    public AuthLevel LevelOf(HttpRequest request, string? function = null) =>
        enforced ? keys.LevelOf(KeyOf(request), function) : AuthLevel.Admin;

    // The header wins, even if its key is wrong and the key in the query is right.
    private static string? KeyOf(HttpRequest request) =>
        request.Headers.TryGetValue(Header, out var header) && header is [{ } key, ..]
            ? key
            : request.Query[QueryParameter].FirstOrDefault();
}
