using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>Rules that every response must follow, whatever the request.</summary>
internal static partial class ResponseRules
{
    // The host itself sends these without a body, as the real one does, for paths outside /api and those that no route can match.
    private static readonly int[] s_ofTheHost = [400, 404, 405, 408, 411, 413, 414, 417, 429, 431, 501, 505];

    /// <summary>The rules that a response breaks; empty when it breaks none.</summary>
    public static IEnumerable<string> Broken(Exchange exchange)
    {
        if (exchange.Response is not { } response)
        {
            if (!exchange.Request.IsBroken)
            {
                yield return "the connection was closed without a response";
            }
            yield break;
        }
        // 503 is a valid response of GET health.
        var isOfHealth = exchange.Request.IsOfHealth && response.Status == 503;
        if (response.Status is >= 500 and not (501 or 505) && !isOfHealth)
        {
            yield return $"its status is {response.Status}";
        }
        if (response.Header("Set-Cookie") is not null)
        {
            yield return "it sets a cookie";
        }
        if (response.CorrelationId is not { } correlationId)
        {
            if (!s_ofTheHost.Contains(response.Status) && !IsOfAnotherRoute(exchange.Request))
            {
                yield return "it has no correlation id, and is no response of the host itself";
            }
            if (response.Status is 404 or 405 && exchange.Request is { IsBroken: false, Path: not null })
            {
                yield return "the host answers for a route that a function should have refused";
            }
            if (s_ofTheHost.Contains(response.Status) && response.Body.Length > 0)
            {
                yield return "the host's own response has a body";
            }
            yield break;
        }
        if (correlationId.Length is < 1 or > 128 || correlationId.Any(character => character is <= ' ' or > '~'))
        {
            yield return "its correlation id is not valid in headers and logs";
        }
        if (response.Header("X-Content-Type-Options") != "nosniff")
        {
            yield return "it lets browsers guess its media type";
        }
        if (response.Body.Length > 0 && response.MediaType is null)
        {
            yield return "its body has no media type";
        }
        if (response.Status >= 400 && exchange.Request.Method != "HEAD" && !isOfHealth && !IsErrorOfMcp(exchange))
        {
            foreach (var problem in NoProblem(response))
            {
                yield return problem;
            }
        }
        if (response.IsSuccess && exchange.Request.ForeignId is { } foreign && exchange.Request.Path?.StartsWith("/users/", StringComparison.OrdinalIgnoreCase) != true)
        {
            yield return $"it shows one user the data of another: {foreign}";
        }
    }

    private static IEnumerable<string> NoProblem(RawResponse response)
    {
        if (response.MediaType != "application/problem+json" || response.Json() is not { ValueKind: JsonValueKind.Object } problem)
        {
            yield return "it is an error without problem details";
            yield break;
        }
        if (!problem.TryGetProperty("type", out var type) || !type.GetString()!.StartsWith("https://mcpfunctions.dev/problems/", StringComparison.Ordinal)
            || !problem.TryGetProperty("status", out var status) || status.GetInt32() != response.Status
            || !problem.TryGetProperty("traceId", out _) || !problem.TryGetProperty("title", out _) || !problem.TryGetProperty("detail", out _))
        {
            yield return "its problem details are incomplete or wrong";
        }
        if (Inside().IsMatch(Encoding.UTF8.GetString(response.Body)))
        {
            yield return "its problem details contain internal details";
        }
        if (response.Status == 405 && response.Header("Allow") is null)
        {
            yield return "it does not say which methods are allowed";
        }
        if (response.Status is 429 or 503 && response.Header("Retry-After") is null)
        {
            yield return "it does not say when to try again";
        }
    }

    // The endpoint of the Model Context Protocol answers with the protocol's errors too.
    private static bool IsErrorOfMcp(Exchange exchange) =>
        exchange.Request.Target.Split('?')[0].TrimEnd('/').EndsWith("/mcp", StringComparison.OrdinalIgnoreCase)
        && MessageIn(exchange.Response!) is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("error", out var error)
        && error.TryGetProperty("message", out var message) && !Inside().IsMatch(message.GetString()!);

    // An error is JSON, or an event of a stream.
    private static JsonElement? MessageIn(RawResponse response) =>
        response.MediaType == "text/event-stream" && Encoding.UTF8.GetString(response.Body).Split('\n').LastOrDefault(line => line.StartsWith("data: ", StringComparison.Ordinal)) is { } data
            ? JsonDocument.Parse(data["data: ".Length..]).RootElement
            : response.Json();

    // A mutated path may reach the host's own pages.
    private static bool IsOfAnotherRoute(FuzzRequest request) =>
        request.IsBroken || !request.Target.Split('?')[0].StartsWith("/api/", StringComparison.OrdinalIgnoreCase) || request.Kind == "path";

    [GeneratedRegex(@"\w+Exception\b|\bat McpFunctions|\bat System\.|\.cs:line|127\.0\.0\.1")]
    private static partial Regex Inside();
}
