namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>What a request's key allows. Without <c>--enableAuth</c> everybody is the administrator, as under <c>func start</c>.</summary>
internal sealed class KeyAuthorization(KeyStore keys, bool enforced)
{
    private const string Header = "x-functions-key";
    private const string QueryParameter = "code";

    public AuthLevel LevelOf(HttpRequest request, string? function = null) =>
        enforced ? keys.LevelOf(KeyOf(request), function) : AuthLevel.Admin;

    // The header wins, also when its key is wrong and the query's is right.
    private static string? KeyOf(HttpRequest request) =>
        request.Headers.TryGetValue(Header, out var header) && header is [{ } key, ..]
            ? key
            : request.Query[QueryParameter].FirstOrDefault();
}
