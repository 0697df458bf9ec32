using System.Text.Json.Nodes;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Documentation;

/// <summary>The parameters that HTTP functions take in query and headers: each means the same wherever it occurs.</summary>
internal static class ApiParameters
{
    /// <summary>Those of a list that comes in parts.</summary>
    public static readonly string[] OfPages = ["limit", "continuationToken"];

    private static readonly Dictionary<string, (string In, JsonObject Schema, string Description)> ByName = new()
    {
        ["limit"] = ("query", Number(1, PageRequest.MaxLimit, PageRequest.DefaultLimit), "The most items in the answer."),
        ["continuationToken"] = ("query", Text(ContinuationToken.MaxLength), "Where the list goes on: what the answer before gave, unchanged."),
        ["userId"] = ("query", Text(), "Whose; administrators may name another user than themselves."),
        ["prefix"] = ("query", Text(), "What the names begin with."),
        ["filename"] = ("query", Text(), "The name of the file that the raw body is."),
        ["type"] = ("query", Text(), "The type of event."),
        ["consumer"] = ("query", OneOf([.. Subscriptions.Consumers]), "The consumer."),
        ["from"] = ("query", Time(), "The oldest time of event."),
        ["to"] = ("query", Time(), "The newest time of event."),
        ["resourceId"] = ("query", Text(), "What was acted upon: the id of a file, a command, a session, …"),
        ["correlationId"] = ("query", Text(), "The correlation id of the request that it came from."),
        ["after"] = (
            "query",
            new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = (1L << 53) - 1 },
            "Only what has a greater sequence: the `after` of the answer before. Without it, the newest."),
        ["wait"] = ("query", Number(0, 30, 0), "How many seconds to wait for something to come where there is nothing."),
        ["details"] = ("query", new JsonObject { ["type"] = "boolean", ["default"] = false }, "Whether to tell of each component; for administrators."),
        [IdempotencyKeys.Header] = (
            "header",
            Text(IdempotencyKeys.MaxLength),
            "Makes the request known for 24 hours: sent again with the same key and body, it has no other effect and gets the same answer. Visible ASCII characters, such as a new UUID."),
        [HeaderNames.IfMatch] = ("header", Text(), "The entity tags of which one must be the current one."),
        [HeaderNames.IfNoneMatch] = ("header", Text(), "The entity tags of which none may be the current one."),
        [HeaderNames.Range] = ("header", Text(), "One range of bytes, for example `bytes=0-1023`."),
        [HeaderNames.IfRange] = ("header", Text(), "The entity tag that must be the current one for the range to count."),
        ["Last-Event-ID"] = ("header", Text(), "The `id` of the last event seen. It wins over `after`."),
        [CorrelationId.Header] = (
            "header", Text(128), "Joins the logs and events of one request across services: visible ASCII characters. A new one is made where it is missing."),
    };

    /// <summary>All of them, as components.</summary>
    public static JsonObject Components() => new(ByName.Select(parameter => KeyValuePair.Create<string, JsonNode?>(parameter.Key, new JsonObject
    {
        ["name"] = parameter.Key,
        ["in"] = parameter.Value.In,
        ["description"] = parameter.Value.Description,
        ["schema"] = parameter.Value.Schema.DeepClone(),
    })));

    /// <summary>Whether a parameter stands in the query.</summary>
    public static bool IsQuery(string name) => ByName[name].In == "query";

    /// <summary>The parameter, as an operation names it.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public static JsonObject Reference(string name) => ByName.ContainsKey(name)
        ? new JsonObject { ["$ref"] = $"#/components/parameters/{name}" }
        : throw new KeyNotFoundException($"There is no parameter '{name}'.");

    private static JsonObject Text(int max = HttpRequests.MaxQueryLength) => new() { ["type"] = "string", ["maxLength"] = max };

    private static JsonObject Number(long min, long max, long usual) =>
        new() { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max, ["default"] = usual };

    private static JsonObject Time() => new() { ["type"] = "string", ["format"] = "date-time" };

    private static JsonObject OneOf(JsonArray values) => new() { ["type"] = "string", ["enum"] = values };
}
