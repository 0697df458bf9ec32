using System.Text.Json;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Keys;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>The HTTP trigger of a function.</summary>
/// <param name="Function">The function.</param>
/// <param name="Template">The whole route with its prefix.</param>
/// <param name="Methods">The accepted methods in upper case. Null means all methods.</param>
/// <param name="Level">The key that a caller needs.</param>
internal sealed record HttpTrigger(FunctionDefinition Function, string Template, IReadOnlyList<string>? Methods, AuthLevel Level)
{
    /// <exception cref="JsonException">The binding is not valid.</exception>
    public static HttpTrigger Read(FunctionDefinition function, string routePrefix)
    {
        var route = (function.Trigger.Text("route") is { Length: > 0 } custom ? custom : function.Name).Trim('/');
        if (routePrefix == "" && route.Split('/')[0].ToUpperInvariant() is "ADMIN" or "RUNTIME")
            throw new JsonException("The specified route conflicts with one or more built in routes.");

        var level = AuthLevel.Function; // the official attribute's default
        if (function.Trigger.Text("authLevel") is { } name && !Enum.TryParse(name, ignoreCase: true, out level))
            throw new JsonException($"'{name}' is not an authorization level.");

        var methods = function.Trigger.Texts("methods") is { Count: > 0 } given
            ? given.Select(method => method.ToUpperInvariant()).ToList()
            : null;
        return new HttpTrigger(function, $"{routePrefix}/{route}".Trim('/'), methods, level);
    }

    public bool Accepts(string method) => Methods is null || Methods.Contains(method, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the route is one catch-all parameter, which also matches the prefix alone.</summary>
    public bool IsCatchAllUnder(string prefix) =>
        Template.StartsWith($"{prefix}/{{*", StringComparison.OrdinalIgnoreCase) && Template.IndexOf('/', prefix.Length + 1) < 0;

    /// <summary>The trigger's text in the function list.</summary>
    public string Describe(Uri baseAddress) => $"{(Methods is null ? "" : $"[{string.Join(',', Methods)}] ")}{baseAddress}{Template}";
}
