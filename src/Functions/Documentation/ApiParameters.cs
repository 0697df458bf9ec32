using System.Text.Json.Nodes;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Documentation;

/// <summary>The query and header parameters of HTTP functions. A name means the same in every route.</summary>
internal static class ApiParameters
{
    /// <summary>The parameters of a list with pages.</summary>
    public static readonly string[] OfPages = ["limit", "continuationToken"];

    private static readonly Dictionary<string, (string In, JsonObject Schema, string Description)> ByName = new()
    {
        ["limit"] = ("query", Number(1, PageRequest.MaxLimit, PageRequest.DefaultLimit), "The most items in the response."),
        ["continuationToken"] = ("query", Text(ContinuationToken.MaxLength), "The token of the previous page, unchanged. Gets the next page."),
        ["userId"] = ("query", Text(), "The owner; yourself unless set. Only administrators can name another user."),
        ["prefix"] = ("query", Text(), "Lists only files whose names begin with this text."),
        ["filename"] = ("query", Text(), "The name of the file, if the body is its bytes."),
        ["type"] = ("query", Text(), "Lists only events of this type."),
        ["types"] = ("query", Text(), "Types of event that the consumer takes, separated by commas; all unless set."),
        ["consumer"] = ("query", OneOf([.. Subscriptions.Consumers]), "The name of the consumer."),
        ["from"] = ("query", Time(), "Lists only events from this time on."),
        ["to"] = ("query", Time(), "Lists only events up to this time."),
        ["resourceId"] = ("query", Text(), "The id of the affected file, command, session or other resource."),
        ["correlationId"] = ("query", Text(), "The correlation id of the request that caused the event."),
        ["after"] = (
            "query",
            new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = HttpRequests.MaxSequence },
            "Reads only what comes after this one: of notifications, the `after` of the previous response; of a live stream, the `id` of its last event. The newest ones unless set."),
        ["wait"] = ("query", Number(0, HttpRequests.MaxWaitSeconds, 0), "The seconds to wait for a notification if there is none yet."),
        ["details"] = ("query", new JsonObject { ["type"] = "boolean", ["default"] = false }, "Whether to show each component. Only administrators can ask for it."),
        [IdempotencyKeys.Header] = (
            "header",
            Text(IdempotencyKeys.MaxLength),
            "Makes it safe to send the request again within 24 hours: the same key and body have no second effect and get the same response. Visible ASCII characters, such as a new UUID."),
        [HeaderNames.IfMatch] = ("header", Text(), "Entity tags. The request fails unless one of them is current."),
        [HeaderNames.IfNoneMatch] = ("header", Text(), "Entity tags. The request fails, or a read gets 304, if one of them is current."),
        [HeaderNames.Range] = ("header", Text(), "One range of bytes, for example `bytes=0-1023`."),
        [HeaderNames.IfRange] = ("header", Text(), "An entity tag. If it is not current, the response is the whole content."),
        ["Last-Event-ID"] = ("header", Text(), "The `id` of the last event that the client has seen. It takes precedence over `after`."),
        [CorrelationId.Header] = (
            "header", Text(CorrelationId.MaxLength), "An id that joins the logs and events of one request across services. Visible ASCII characters; a new id unless sent."),
    };

    /// <summary>All parameters, as components.</summary>
    public static JsonObject Components() => new(ByName.Select(parameter => KeyValuePair.Create<string, JsonNode?>(parameter.Key, new JsonObject
    {
        ["name"] = parameter.Key,
        ["in"] = parameter.Value.In,
        ["description"] = parameter.Value.Description,
        ["schema"] = parameter.Value.Schema.DeepClone(),
    })));

    /// <summary>Whether a parameter is part of the query.</summary>
    public static bool IsQuery(string name) => ByName[name].In == "query";

    /// <summary>A reference to the parameter.</summary>
    /// <exception cref="KeyNotFoundException">No parameter has that name.</exception>
    public static JsonObject Reference(string name) => ByName.ContainsKey(name)
        ? new JsonObject { ["$ref"] = $"#/components/parameters/{name}" }
        : throw new KeyNotFoundException($"There is no parameter '{name}'.");

    private static JsonObject Text(int max = HttpRequests.MaxQueryLength) => new() { ["type"] = "string", ["maxLength"] = max };

    private static JsonObject Number(long min, long max, long usual) =>
        new() { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max, ["default"] = usual };

    private static JsonObject Time() => new() { ["type"] = "string", ["format"] = "date-time" };

    private static JsonObject OneOf(JsonArray values) => new() { ["type"] = "string", ["enum"] = values };
}
