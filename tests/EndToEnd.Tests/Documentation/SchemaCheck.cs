using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Documentation;

/// <summary>A document in <c>docs/</c> with the schemas of all responses or of all events.</summary>
public sealed class SchemaCheck
{
    private static readonly EvaluationOptions s_options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly ConcurrentDictionary<string, Lazy<JsonSchema>> _schemas = new();
    private readonly JsonObject _definitions;

    private SchemaCheck(string name)
    {
        var text = File.ReadAllText(Repository.PathOf("docs", name)).Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        Document = JsonNode.Parse(text)!.AsObject();
        _definitions = Document["components"]!["schemas"]!.AsObject();
        if (name == "asyncapi.json")
        {
            // Other producers may write more fields and other texts. This gateway writes only the documented ones.
            foreach (var schema in _definitions.Select(definition => definition.Value!.AsObject()))
            {
                schema["additionalProperties"] = false;
                foreach (var property in schema["properties"]!.AsObject().Select(property => property.Value!.AsObject()).Where(property => property.ContainsKey("examples")))
                {
                    property["enum"] = property["examples"]!.DeepClone();
                }
            }
        }
    }

    public static SchemaCheck OpenApi { get; } = new("openapi.json");

    public static SchemaCheck AsyncApi { get; } = new("asyncapi.json");

    /// <summary>The document; the schemas in it refer to each other as <c>#/$defs/…</c>.</summary>
    public JsonObject Document { get; }

    /// <summary>The target of a reference; any other node unchanged.</summary>
    public JsonNode Resolve(JsonNode node) => node is JsonObject && node["$ref"] is { } reference
        ? Resolve(((string)reference!)[2..].Split('/').Aggregate((JsonNode)Document, (at, step) => at[step]!))
        : node;

    /// <summary>How a value violates a schema of the document; null when it does not.</summary>
    public string? ViolationOf(JsonNode schema, string json)
    {
        JsonElement value;
        try
        {
            value = JsonDocument.Parse(json).RootElement;
        }
        catch (JsonException exception)
        {
            return exception.Message;
        }
        var compiled = _schemas.GetOrAdd(schema.ToJsonString(), text => new(() => JsonSchema.FromText(new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$defs"] = _definitions.DeepClone(),
            ["allOf"] = new JsonArray(JsonNode.Parse(text)),
        }.ToJsonString())));
        var result = compiled.Value.Evaluate(value, s_options);
        return result.IsValid ? null : string.Join("; ", (result.Details ?? []).Where(detail => detail.Errors is not null)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation} {error.Value}")).Distinct());
    }
}
