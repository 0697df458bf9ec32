using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpFunctions.EndToEnd.Tests.Documentation;

/// <summary>Checks responses of the gateway against its OpenAPI document: status, headers, media type and JSON.</summary>
public static class OpenApiContract
{
    // Statuses that the host or its web server sends instead of the app, for example without a worker.
    private static readonly int[] s_statusesOfTheHost = [400, 408, 413, 414, 431, 500, 502, 503, 504];

    private static readonly (string Method, string[] Path, JsonNode Operation)[] s_operations =
    [
        .. from path in SchemaCheck.OpenApi.Document["paths"]!.AsObject()
           from operation in path.Value!.AsObject()
           select (operation.Key.ToUpperInvariant(), path.Key[1..].Split('/'), operation.Value!),
    ];

    /// <summary>The methods and paths of all operations, as the document has them.</summary>
    public static IEnumerable<(string Method, string Path, JsonNode Operation)> Operations =>
        s_operations.Select(each => (each.Method, string.Join('/', each.Path), each.Operation));

    /// <summary>How a response violates the document; null when it does not.</summary>
    public static async Task<string?> ViolationOfAsync(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var hasCorrelation = response.Headers.Contains("X-Correlation-Id");
        if (!hasCorrelation && s_statusesOfTheHost.Contains(status) && response.Content.Headers.ContentType?.MediaType?.Contains("json", StringComparison.Ordinal) != true)
        {
            return null;
        }
        var request = response.RequestMessage!;
        var isHead = request.Method == HttpMethod.Head;
        if (Find(isHead ? "GET" : request.Method.Method, request.RequestUri!.AbsolutePath) is not { } operation)
        {
            return await UnknownRouteViolationAsync(response, isHead);
        }
        if (operation["responses"]![$"{status}"] is not { } reference)
        {
            return $"the document does not know the status {status} here";
        }
        var documented = SchemaCheck.OpenApi.Resolve(reference);
        return HeaderViolation(documented, response) ?? (isHead ? null : await BodyViolationAsync(documented, response));
    }

    private static JsonNode? Find(string method, string path) =>
        OperationsAt(path).Where(each => each.Method == method).Select(each => each.Operation).FirstOrDefault();

    private static IEnumerable<(string Method, JsonNode Operation)> OperationsAt(string path)
    {
        string[] steps = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
        return s_operations
            .Where(each => each.Path.Length == steps.Length
                && each.Path.Zip(steps).All(step => step.First[0] == '{' || step.First.Equals(step.Second, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(each => each.Path.Count(step => step[0] == '{'))
            .Select(each => (each.Method, each.Operation));
    }

    // The document omits the function for unknown routes: 404, 405 with the documented methods, or a redirect from the prefix.
    private static async Task<string?> UnknownRouteViolationAsync(HttpResponseMessage response, bool isHead)
    {
        var path = response.RequestMessage!.RequestUri!.AbsolutePath;
        var isPrefix = path.TrimEnd('/').Equals("/api", StringComparison.OrdinalIgnoreCase);
        if (isPrefix && response.StatusCode == HttpStatusCode.Found)
        {
            return null;
        }
        string[] methods = isPrefix ? ["GET", "HEAD"] : [.. OperationsAt(path).SelectMany(
            each => each.Method == "GET" ? ["GET", "HEAD"] : new[] { each.Method }).Distinct().Order(StringComparer.Ordinal)];
        if (response.StatusCode != (methods.Length == 0 ? HttpStatusCode.NotFound : HttpStatusCode.MethodNotAllowed))
        {
            return "there is no such operation in the document";
        }
        if (!methods.SequenceEqual(response.Content.Headers.Allow))
        {
            return $"the document has the methods {string.Join(", ", methods)} there, but the response allows {string.Join(", ", response.Content.Headers.Allow)}";
        }
        return response.Content.Headers.ContentType?.MediaType != "application/problem+json" ? "it has no problem details"
            : isHead ? null
            : SchemaCheck.OpenApi.ViolationOf(SchemaCheck.OpenApi.Document["components"]!["schemas"]!["Problem"]!, await response.Content.ReadAsStringAsync());
    }

    private static string? HeaderViolation(JsonNode documented, HttpResponseMessage response)
    {
        foreach (var (name, reference) in documented["headers"]!.AsObject())
        {
            var header = SchemaCheck.OpenApi.Resolve(reference!);
            if (!response.Headers.TryGetValues(name, out var values) && !response.Content.Headers.TryGetValues(name, out values))
            {
                if ((bool)header["required"]!)
                {
                    return $"the header {name} is missing";
                }
                continue;
            }
            var value = string.Join(", ", values);
            if (header["schema"]!["pattern"] is { } pattern && !Regex.IsMatch(value, (string)pattern!))
            {
                return $"the header {name} is '{value}'";
            }
            if ((string)header["schema"]!["type"]! == "integer" && !ulong.TryParse(value, out _))
            {
                return $"the header {name} is '{value}', no whole number";
            }
        }
        return null;
    }

    private static async Task<string?> BodyViolationAsync(JsonNode documented, HttpResponseMessage response)
    {
        if (documented["content"] is not JsonObject content)
        {
            return response.Content.Headers.ContentLength is null or 0 ? null : "the document has no body here";
        }
        var mediaType = response.Content.Headers.ContentType?.MediaType ?? "";
        if (content[mediaType] is not { } media)
        {
            return content.ContainsKey("*/*") ? null : $"the document does not know the media type '{mediaType}' here";
        }
        return media["schema"] is { } schema ? SchemaCheck.OpenApi.ViolationOf(schema, await response.Content.ReadAsStringAsync()) : null;
    }
}
