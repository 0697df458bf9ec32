using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Documentation;

/// <summary>Describes the events in AsyncAPI 3.0, from the payload records and the table of consumers.</summary>
public sealed class AsyncApiDocument
{
    private readonly XmlComments comments = new(typeof(AsyncApiDocument).Assembly, typeof(DomainEvent).Assembly);
    private readonly SchemaRegistry schemas;

    private AsyncApiDocument(ApiTypes types) => schemas = new SchemaRegistry(comments, isOfAnyProducer: true);

    /// <summary>Makes the document.</summary>
    /// <param name="types">The types of all features.</param>
    internal static JsonObject Create(ApiTypes types) => new AsyncApiDocument(types).Build();

    private JsonObject Build()
    {
        JsonNode envelope = schemas.SchemaOf(EventPayloads.Envelope);
        var channels = new JsonObject();
        var operations = new JsonObject();
        var messages = new JsonObject();
        foreach (string type in EventTypes.All)
        {
            string name = NameOf(type);
            string summary = comments.SummaryOf(typeof(EventTypes).GetFields().Single(field => field.IsLiteral && (string)field.GetRawConstantValue()! == type))!;
            messages[name] = Message(type, summary, envelope);
            channels[name] = new JsonObject
            {
                ["address"] = EventChannels.Of(type),
                ["title"] = type,
                ["description"] = $"{summary} Taken by: {string.Join(", ", Subscriptions.ConsumersOf(type).Select(consumer => $"`{consumer}`"))}.",
                ["servers"] = new JsonArray(Reference("servers", "redis")),
                ["messages"] = new JsonObject { [name] = Reference("components/messages", name) },
            };
            operations[$"publish{Capital(name)}"] = Operation("send", name, $"Publishes `{type}`.", "publisher");
            foreach (string consumer in Subscriptions.ConsumersOf(type))
            {
                operations[consumer + Capital(name)] = Operation("receive", name, $"The consumer `{consumer}` takes `{type}`.", consumer);
            }
        }

        return new JsonObject
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject
            {
                ["title"] = "MCP gateway: events",
                ["version"] = DocumentText.Version,
                ["description"] = "The events of the gateway on Redis Pub/Sub. Each type of event has its own channel. "
                    + "A message may arrive twice, out of order or never. A client that must not miss an event reads the event log through the HTTP API. "
                    + "The gateway also accepts events of other producers, and ignores unknown fields. "
                    + "An event that does not match its schema becomes a dead letter that names the wrong fields. "
                    + "Times have any form of RFC 3339, and the gateway keeps them to the millisecond. It writes them in UTC, for example `2026-01-17T09:30:00.123Z`.",
            },
            ["defaultContentType"] = "application/json",
            ["servers"] = new JsonObject
            {
                ["redis"] = new JsonObject
                {
                    ["host"] = "{host}",
                    ["protocol"] = "redis",
                    ["description"] = "The Redis of the setting `RedisConnection`.",
                    ["variables"] = new JsonObject { ["host"] = new JsonObject { ["default"] = "localhost:6379", ["description"] = "Host and port." } },
                },
            },
            ["channels"] = channels,
            ["operations"] = operations,
            ["components"] = new JsonObject { ["messages"] = messages, ["schemas"] = schemas.Components() },
        };
    }

    private JsonObject Message(string type, string summary, JsonNode envelope) => new()
    {
        ["name"] = NameOf(type),
        ["title"] = type,
        ["summary"] = summary,
        ["contentType"] = "application/json",
        ["payload"] = new JsonObject
        {
            ["allOf"] = new JsonArray(
                envelope.DeepClone(),
                new JsonObject
                {
                    ["properties"] = new JsonObject
                    {
                        ["type"] = new JsonObject { ["const"] = type },
                        ["payload"] = schemas.SchemaOf(EventPayloads.ByType[type]),
                    },
                }),
        },
        ["correlationId"] = new JsonObject { ["location"] = "$message.payload#/correlationId" },
    };

    private static JsonObject Operation(string action, string channel, string summary, string tag) => new()
    {
        ["action"] = action,
        ["channel"] = Reference("channels", channel),
        ["summary"] = summary,
        ["tags"] = new JsonArray(new JsonObject { ["name"] = tag }),
        ["messages"] = new JsonArray(Reference($"channels/{channel}/messages", channel)),
    };

    private static JsonObject Reference(string where, string name) => new() { ["$ref"] = $"#/{where}/{name}" };

    // Names of components have no dots, so "system.health.degraded" becomes systemHealthDegraded.
    private static string NameOf(string type) => JsonNamingPolicy.CamelCase.ConvertName(string.Concat(type.Split('.').Select(Capital)));

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
