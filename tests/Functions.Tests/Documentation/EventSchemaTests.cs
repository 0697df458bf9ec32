using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Json.Schema;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Documentation;

namespace McpFunctions.Functions.Tests.Documentation;

public sealed class EventSchemaTests
{
    private static readonly JsonObject s_document =
        JsonNode.Parse(AsyncApiDocument.Create(GatewayFeatures.Api).ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal))!.AsObject();

    // Values of a field as JSON; null leaves the field out.
    private static readonly Gen<string?> s_values = Gen.OneOf<string?>(
        null, "null", "true", "7", "0", "-1", "2.5", "2.0", "3e0", "\"\"", "\"x\"", "\"2026-01-17T09:30:00.123Z\"", "\"2026-01-17t09:30:00+02:00\"",
        $"\"{new string('x', EventParser.MaxIdLength + 1)}\"", "[]", "[\"x\"]", "[1]", "{}", "{\"x\":1}");

    public static TheoryData<string> Types => [.. EventTypes.All];

    [Theory]
    [MemberData(nameof(Types))]
    public void The_document_allows_exactly_the_events_that_the_parser_reads(string type)
    {
        JsonObject message = s_document["components"]!["messages"]!.AsObject().Single(each => (string)each.Value!["title"]! == type).Value!.AsObject();
        JsonSchema schema = JsonSchema.FromText(new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$defs"] = s_document["components"]!["schemas"]!.DeepClone(),
            ["allOf"] = new JsonArray(message["payload"]!.DeepClone()),
        }.ToJsonString());
        string payload = ((string)message["payload"]!["allOf"]![1]!["properties"]!["payload"]!["$ref"]!).Split('/')[^1];
        (string? Parent, string Field)[] fields =
        [
            .. FieldsOf("DomainEvent").Where(field => field != "type").Select(field => ((string?)null, field)),
            .. FieldsOf("EventMetadata").Select(field => ((string?)"metadata", field)),
            .. FieldsOf(payload).Select(field => ((string?)"payload", field)),
        ];
        var valid = new JsonObject
        {
            ["id"] = "a", ["type"] = type, ["timestamp"] = "2026-01-17T09:30:00.123Z", ["payload"] = Example(payload), ["metadata"] = Example("EventMetadata"),
        };
        Assert.True(Agree(schema, valid));

        Gen.Select(Gen.Int[0, fields.Length - 1], s_values).Array[1, 3].Sample(changes =>
        {
            JsonObject changed = valid.DeepClone().AsObject();
            foreach ((int index, string? value) in changes)
            {
                (string? parent, string field) = fields[index];
                if ((parent is null ? changed : changed[parent]) is JsonObject json)
                {
                    json.Remove(field);
                    if (value is not null)
                    {
                        json[field] = JsonNode.Parse(value);
                    }
                }
            }

            Agree(schema, changed);
        }, iter: 500);
    }

    private static bool Agree(JsonSchema schema, JsonObject json)
    {
        string text = json.ToJsonString();
        bool isAllowed = schema.Evaluate(JsonDocument.Parse(text).RootElement, new EvaluationOptions { RequireFormatValidation = true }).IsValid;
        bool isRead = EventParser.TryRead(text, out _, out string problem);

        Assert.True(isAllowed == isRead, $"The document {(isAllowed ? "allows" : "forbids")} {text}. The parser says: {problem}");
        return isRead;
    }

    private static string[] FieldsOf(string schema) =>
        [.. s_document["components"]!["schemas"]![schema]!["properties"]!.AsObject().Select(property => property.Key)];

    private static JsonObject Example(string schema) => new(
        ((JsonArray)s_document["components"]!["schemas"]![schema]!["required"]!).Select(required =>
        {
            JsonObject property = s_document["components"]!["schemas"]![schema]!["properties"]![(string)required!]!.AsObject();
            JsonNode value = (string)property["type"]! switch
            {
                "integer" => 1,
                "array" => new JsonArray("x"),
                _ => (string?)property["format"] == "date-time" ? "2026-01-17T09:30:00.123Z" : "x",
            };
            return KeyValuePair.Create<string, JsonNode?>((string)required!, value);
        }));
}
