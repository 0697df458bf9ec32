using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>The OpenAPI document of a running gateway, for the generator of requests.</summary>
internal sealed class ApiDescription
{
    private readonly JsonElement _document;

    /// <summary>Reads a document.</summary>
    public ApiDescription(JsonElement document)
    {
        _document = document;
        Operations =
        [
            .. from path in document.At("paths").EnumerateObject()
               from operation in path.Value.EnumerateObject()
               select Read(path.Name, operation.Name.ToUpperInvariant(), operation.Value),
        ];
    }

    /// <summary>All operations.</summary>
    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>The target of a reference; any other value unchanged.</summary>
    public JsonElement Resolve(JsonElement json)
    {
        while (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("$ref", out var reference))
        {
            json = _document.At(reference.GetString()![2..].Split('/'));
        }
        return json;
    }

    /// <summary>The operation that a request is routed to; null where there is none.</summary>
    public ApiOperation? Find(string method, string path) => Operations
        .Where(operation => operation.Method == method && Matches(operation.Path.Split('/'), path.Split('/')))
        // A literal path segment wins over a parameter.
        .MinBy(operation => operation.Path.Count(character => character == '{'));

    private static bool Matches(string[] template, string[] path) =>
        template.Length == path.Length
        && template.Zip(path).All(pair => pair.First.StartsWith('{') ? pair.Second.Length > 0 : pair.First.Equals(
            Uri.UnescapeDataString(pair.Second), StringComparison.OrdinalIgnoreCase));

    private ApiOperation Read(string path, string method, JsonElement operation)
    {
        var content = operation.TryGetProperty("requestBody", out var body) ? Resolve(body).At("content") : default;
        var takesFiles = content.ValueKind == JsonValueKind.Object && content.TryGetProperty("multipart/form-data", out _);
        return new ApiOperation(
            method,
            path,
            [
                .. (operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : default)
                    .Select(Resolve)
                    .Where(parameter => parameter.Text("in") != "path")
                    .Select(parameter => new ApiOperation.Parameter(parameter.Text("name"), parameter.Text("in"), parameter.At("schema"))),
            ],
            content.ValueKind == JsonValueKind.Object && content.TryGetProperty("application/json", out var json) ? json.At("schema") : null,
            takesFiles);
    }
}
