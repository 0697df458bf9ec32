using System.Text.Json.Nodes;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.RateLimits;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Documentation;

/// <summary>The headers of answers.</summary>
internal static class ApiHeaders
{
    private static readonly Dictionary<string, (string Description, JsonObject Schema)> ByName = new()
    {
        [CorrelationId.Header] = ("The request's correlation id.", Text()),
        [HeaderNames.ETag] = ("The entity tag of this version.", Text("""^"[^"]+"$""")),
        [HeaderNames.Location] = ("Where what was made can be read.", new JsonObject { ["type"] = "string", ["format"] = "uri-reference" }),
        [HeaderNames.ContentDisposition] = ("`attachment`, with the file's name.", Text("^attachment")),
        [HeaderNames.AcceptRanges] = ("That ranges of bytes may be asked for.", Text("^bytes$")),
        [HeaderNames.ContentRange] = ("Which bytes these are, of how many.", Text("^bytes ")),
        [HeaderNames.CacheControl] = ("How long the answer may be kept.", Text()),
        [HeaderNames.RetryAfter] = ("How many seconds to wait before the next try.", new JsonObject { ["type"] = "integer", ["minimum"] = 0 }),
        [RateLimit.PolicyHeader] = (
            "How many requests (`q`) the user may send, by all sessions and API keys together, in how many seconds (`w`); absent where it cannot be told.", Text("""^"credential";q=[0-9]+;w=[0-9]+$""")),
        [RateLimit.Header] = (
            "How many of them are left (`r`), and in how many seconds there are more (`t`).", Text("""^"credential";r=[0-9]+;t=[0-9]+$""")),
        [HeaderNames.WWWAuthenticate] = ("Which credential is asked for.", Text("^Bearer$")),
    };

    /// <summary>Those of every answer to a credential.</summary>
    public static readonly string[] OfCredentials = [RateLimit.Header, RateLimit.PolicyHeader];

    // An upload of several files has no single place and version; where Redis does not answer, no request is counted.
    private static readonly string[] Optional = [HeaderNames.ETag, HeaderNames.Location, .. OfCredentials];

    /// <summary>All of them, as components.</summary>
    public static JsonObject Components() => new(ByName.Select(header => KeyValuePair.Create<string, JsonNode?>(header.Key, new JsonObject
    {
        ["description"] = header.Value.Description,
        ["required"] = !Optional.Contains(header.Key),
        ["schema"] = header.Value.Schema.DeepClone(),
    })));

    /// <summary>The headers of an answer: these, and those that every answer has.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
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
