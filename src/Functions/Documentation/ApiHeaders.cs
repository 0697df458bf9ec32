using System.Text.Json.Nodes;
using McpFunctions.Functions.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Documentation;

/// <summary>The headers of responses.</summary>
internal static class ApiHeaders
{
    private static readonly Dictionary<string, (string Description, JsonObject Schema)> ByName = new()
    {
        [CorrelationId.Header] = ("The request's correlation id.", Text()),
        [HeaderNames.ETag] = ("The entity tag of this version.", Text("""^"[^"]+"$""")),
        [HeaderNames.Location] = ("The address of the new resource.", new JsonObject { ["type"] = "string", ["format"] = "uri-reference" }),
        [HeaderNames.ContentDisposition] = ("`attachment`, with the file's name.", Text("^attachment")),
        [HeaderNames.AcceptRanges] = ("States that the route serves ranges of bytes.", Text("^bytes$")),
        [HeaderNames.ContentRange] = ("The range in the response and the length of the whole content.", Text("^bytes ")),
        [HeaderNames.CacheControl] = ("How long a client may cache the response.", Text()),
        [HeaderNames.RetryAfter] = ("The seconds to wait before the next try.", new JsonObject { ["type"] = "integer", ["minimum"] = 0 }),
        [RateLimit.PolicyHeader] = (
            "The limit: `q` requests in `w` seconds, for all sessions and API keys of the user together. Absent while Redis is down.", Text("""^"credential";q=[0-9]+;w=[0-9]+$""")),
        [RateLimit.Header] = (
            "The rest of the limit: `r` requests are left, and the window ends in `t` seconds.", Text("""^"credential";r=[0-9]+;t=[0-9]+$""")),
        [HeaderNames.WWWAuthenticate] = (
            "The accepted kind of credential; for the Model Context Protocol with the address of the document that says how to get one.",
            Text("""^Bearer( resource_metadata="[^"]+")?$""")),
    };

    /// <summary>The headers of every response to an authenticated request.</summary>
    public static readonly string[] OfCredentials = [RateLimit.Header, RateLimit.PolicyHeader];

    // An upload of several files has no single location and version. While Redis is down, no request is counted.
    private static readonly string[] Optional = [HeaderNames.ETag, HeaderNames.Location, .. OfCredentials];

    /// <summary>All headers, as components.</summary>
    public static JsonObject Components() => new(ByName.Select(header => KeyValuePair.Create<string, JsonNode?>(header.Key, new JsonObject
    {
        ["description"] = header.Value.Description,
        ["required"] = !Optional.Contains(header.Key),
        ["schema"] = header.Value.Schema.DeepClone(),
    })));

    /// <summary>The given headers, and those of every response.</summary>
    /// <exception cref="KeyNotFoundException">No header has that name.</exception>
    public static JsonObject Of(params IEnumerable<string> names) =>
        new(names.Prepend(CorrelationId.Header).Distinct().Select(name => KeyValuePair.Create<string, JsonNode?>(name, Reference(name))));

    private static JsonObject Reference(string name) => ByName.ContainsKey(name)
        ? new JsonObject { ["$ref"] = $"#/components/headers/{name}" }
        : throw new KeyNotFoundException($"There is no header '{name}'.");

    private static JsonObject Text(string? pattern = null)
    {
        var text = new JsonObject { ["type"] = "string" };
        if (pattern is not null)
        {
            text["pattern"] = pattern;
        }

        return text;
    }
}
