using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Documentation;

/// <summary>
/// The JSON schemas of C# types, as components that refer to each other. They describe exactly what the app writes: a value that is not
/// null is present, a null value is absent, and there are no other fields. Fields of requests may be optional.
/// </summary>
/// <param name="comments">The source of the descriptions.</param>
/// <param name="isOfAnyProducer">
/// Whether other producers write it too. Then an optional field may be null, a time may have any form of RFC 3339, and unknown fields may occur.
/// </param>
internal sealed class SchemaRegistry(XmlComments comments, bool isOfAnyProducer = false)
{
    private static readonly JsonSchemaExporterOptions s_exporter = new() { TreatNullObliviousAsNonNullable = true };

    private readonly SortedDictionary<string, (Type Type, JsonNode Schema)> schemas = new(StringComparer.Ordinal);

    /// <summary>The schemas of all requested types and of the types in them.</summary>
    public JsonObject Components() => new(schemas.Select(schema => KeyValuePair.Create<string, JsonNode?>(schema.Key, schema.Value.Schema.DeepClone())));

    /// <summary>A reference to the schema of an object. For another type, such as a list, the schema itself.</summary>
    public JsonNode SchemaOf(JsonTypeInfo info) => info.Kind == JsonTypeInfoKind.Object ? ReferenceTo(info) : Export(info);

    private JsonObject ReferenceTo(JsonTypeInfo info)
    {
        string name = NameOf(info.Type);
        if (!schemas.TryGetValue(name, out (Type Type, JsonNode Schema) known))
        {
            schemas[name] = (info.Type, Export(info));
        }
        else if (known.Type != info.Type)
        {
            throw new InvalidOperationException($"{known.Type} and {info.Type} would have the same name in the document.");
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private JsonNode Export(JsonTypeInfo info)
    {
        bool isRequest = info.Type.Name.EndsWith("Request", StringComparison.Ordinal);
        var options = new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = s_exporter.TreatNullObliviousAsNonNullable,
            TransformSchemaNode = (context, node) => Transform(info, isRequest, context, node),
        };
        return info.GetJsonSchemaAsNode(options);
    }

    private JsonNode Transform(JsonTypeInfo root, bool isRequest, JsonSchemaExporterContext context, JsonNode node)
    {
        Type type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type == typeof(DateTimeOffset))
        {
            node = new JsonObject { ["type"] = "string", ["format"] = "date-time" };
            if (isOfAnyProducer)
            {
                node["type"] = type == context.TypeInfo.Type ? "string" : new JsonArray("string", "null");
            }
            else
            {
                node["pattern"] = """^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$""";
            }
        }
        else if (type == typeof(long))
        {
            // A converter reads it, which the exporter does not know.
            node = new JsonObject { ["type"] = type == context.TypeInfo.Type ? "integer" : new JsonArray("integer", "null") };
        }
        else if (context.TypeInfo.Kind == JsonTypeInfoKind.Object)
        {
            node = context.TypeInfo == root && context.Path.IsEmpty ? Whole(root, isRequest, node.AsObject()) : ReferenceTo(root.Options.GetTypeInfo(type));
        }

        return context.PropertyInfo is { } property ? Described(property, isRequest, node) : node;
    }

    private JsonObject Whole(JsonTypeInfo info, bool isRequest, JsonObject schema)
    {
        string[] required =
        [
            .. info.Properties
                .Where(property => IsWritten(property) && (isRequest ? !SchemaLimits.IsOptional(MemberOf(property)) : !IsNullable(property)))
                .Select(property => property.Name),
        ];
        schema.Remove("required");
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]);
        }

        schema.Remove("additionalProperties");
        if (!isOfAnyProducer)
        {
            schema["additionalProperties"] = false;
        }

        if (comments.SummaryOf(info.Type) is { } summary)
        {
            schema.Insert(0, "description", summary);
        }

        schema["type"] = "object";
        return schema;
    }

    private JsonObject Described(JsonPropertyInfo property, bool isRequest, JsonNode node)
    {
        // Any JSON is "true".
        JsonObject schema = node as JsonObject ?? [];
        bool mayBeNull = isOfAnyProducer ? IsNullable(property) : isRequest && SchemaLimits.IsOptional(MemberOf(property));
        if (!mayBeNull && schema["type"] is JsonArray types)
        {
            schema["type"] = types.First(type => type!.GetValue<string>() != "null")!.DeepClone();
        }

        // The exporter does not know it of texts.
        if (schema["items"] is JsonObject items && property.AttributeProvider is PropertyInfo list
            && new NullabilityInfoContext().Create(list).GenericTypeArguments is [{ Type: var element, ReadState: NullabilityState.Nullable }] && element == typeof(string))
        {
            items["type"] = new JsonArray("string", "null");
        }

        if (IsOfEvent(property.DeclaringType))
        {
            AddLimits(EventField.Of(property), schema);
        }

        foreach ((string keyword, JsonNode? value) in SchemaLimits.Of(MemberOf(property)))
        {
            schema[keyword] = value!.DeepClone();
        }

        if (mayBeNull && schema["enum"] is JsonArray values)
        {
            values.Add(null);
        }

        if (property.AttributeProvider is PropertyInfo member && comments.SummaryOf(member) is { } summary)
        {
            schema["description"] = member.IsDefined(typeof(JsonLimitAttribute)) ? $"{summary} {JsonLimitAttribute.Description}" : summary;
        }

        return schema;
    }

    private static bool IsOfEvent(Type type) =>
        type == typeof(DomainEvent) || type == typeof(EventMetadata) || type.IsAssignableTo(typeof(IEventPayload));

    // The parser checks events by the same field.
    private static void AddLimits(EventField field, JsonObject schema)
    {
        if (field.MinLength > 0)
        {
            schema["minLength"] = field.MinLength;
        }

        if (field.MaxLength is { } longest)
        {
            schema["maxLength"] = longest;
        }

        if (field.IsWholeNumber)
        {
            schema["minimum"] = 0;
            schema["format"] = "int64";
        }
    }

    private static bool IsWritten(JsonPropertyInfo property) => property.Get is not null;

    private static bool IsNullable(JsonPropertyInfo property) => property.IsGetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null;

    private static PropertyInfo MemberOf(JsonPropertyInfo property) => (PropertyInfo)property.AttributeProvider!;

    private static string NameOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>) ? $"PageOf{type.GetGenericArguments()[0].Name}" : type.Name;
}
