using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Documentation;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol.Protocol;

namespace McpFunctions.Functions.Mcp;

/// <summary>Describes the tools to clients, from the attributes, types and comments of their functions.</summary>
internal sealed class McpToolSchemas
{
    private const string ComponentPrefix = "#/components/schemas/";

    private readonly XmlComments comments = new(typeof(McpToolSchemas).Assembly, typeof(DomainEvent).Assembly);
    private readonly SchemaRegistry registry;
    private readonly ApiTypes types;
    private readonly JsonObject parameters = ApiParameters.Components();

    private McpToolSchemas(ApiTypes types)
    {
        this.types = types;
        registry = new SchemaRegistry(comments);
    }

    /// <summary>Describes all tools.</summary>
    /// <param name="types">The types of all features.</param>
    /// <returns>The description of each tool, by name.</returns>
    public static IReadOnlyDictionary<string, Tool> Create(ApiTypes types)
    {
        var schemas = new McpToolSchemas(types);
        return McpTools.All.ToDictionary(tool => tool.Name, schemas.Describe);
    }

    private Tool Describe(McpTool tool) => new()
    {
        Name = tool.Name,
        Title = char.ToUpperInvariant(tool.Name[0]) + tool.Name[1..].Replace('_', ' '),
        Description = $"{tool.Description ?? comments.SummaryOf(tool.Function.Declared.Code)} {NeedsOf(tool.Function.Declared)}",
        InputSchema = Element(InputOf(tool)),
        OutputSchema = tool.Function.Declared.Operation!.Response is { } response ? Element(Inlined(types.InfoOf(response).Type)) : null,
        Annotations = new ToolAnnotations
        {
            ReadOnlyHint = tool.Effect is McpToolEffect.Reads,
            DestructiveHint = tool.Effect is McpToolEffect.Overwrites or McpToolEffect.Removes,
            IdempotentHint = tool.Effect is McpToolEffect.Reads or McpToolEffect.AddsOnce or McpToolEffect.Removes,
            OpenWorldHint = false,
        },
    };

    private static string NeedsOf(HttpFunction function) =>
        function.Access!.AdminOnly ? $"For administrators. An API key needs the scope `{function.Access.Scope}`." : $"An API key needs the scope `{function.Access.Scope}`.";

    private JsonObject InputOf(McpTool tool)
    {
        HttpFunction function = tool.Function.Declared;
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (string name in function.RouteValues)
        {
            properties[name] = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["description"] = comments.ParameterOf(function.Code, name) };
            required.Add(name);
        }

        if (tool.WaitsWhile is not null)
        {
            properties[McpArguments.Timeout] = new JsonObject
            {
                ["type"] = "integer",
                ["minimum"] = 1,
                ["maximum"] = McpArguments.MaxTimeoutSeconds,
                ["default"] = McpArguments.DefaultTimeoutSeconds,
                ["description"] = "The seconds to wait. Afterwards the response shows the state so far.",
            };
        }

        JsonObject schema = function.Operation!.Body is { } body ? Inlined(body) : [];
        foreach ((string name, JsonNode? property) in schema["properties"]?.AsObject().ToArray() ?? [])
        {
            // An earlier name of a field is still taken, but no new client needs it.
            if (property is not JsonObject { } each || each["deprecated"] is null)
            {
                properties[name] = property!.DeepClone();
            }
        }

        foreach (JsonNode? name in schema["required"]?.AsArray() ?? [])
        {
            required.Add(name!.DeepClone());
        }

        if (tool.TakesContent)
        {
            AddContent(function, properties, required);
        }

        foreach (string name in QueryOf(function))
        {
            var property = (JsonObject)parameters[name]!["schema"]!.DeepClone();
            property["description"] = parameters[name]!["description"]!.DeepClone();
            properties[name] = property;
        }

        if (function.Operation.Parameters.Contains(HeaderNames.IfMatch))
        {
            properties[McpArguments.IfMatch] = new JsonObject
            {
                ["type"] = "string",
                ["description"] = "The entity tag of the version to change, which is the version number in quotes. The call fails if another version is current.",
            };
        }

        var input = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (required.Count > 0)
        {
            input["required"] = required;
        }

        if (schema["$defs"] is { } definitions)
        {
            input["$defs"] = definitions.DeepClone();
        }

        return input;
    }

    /// <summary>The query parameters of a function that its tools take.</summary>
    internal static IEnumerable<string> QueryOf(HttpFunction function) =>
        function.Operation!.Parameters.Where(ApiParameters.IsQuery).Where(name => name != McpArguments.Filename)
            .Concat(function.Operation.IsPaged ? ApiParameters.OfPages : []);

    private static void AddContent(HttpFunction function, JsonObject properties, JsonArray required)
    {
        if (function.Operation!.Parameters.Contains(McpArguments.Filename))
        {
            properties[McpArguments.Filename] = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["description"] = "The name of the file." };
            required.Add(McpArguments.Filename);
        }

        properties[McpArguments.ContentType] = new JsonObject
        {
            ["type"] = "string",
            ["description"] = "The media type. Unless set, text/plain for text and application/octet-stream for bytes.",
        };
        properties[McpArguments.Text] = new JsonObject { ["type"] = "string", ["description"] = "The content as text. Send either this or `base64`." };
        properties[McpArguments.Base64] = new JsonObject
        {
            ["type"] = "string",
            ["contentEncoding"] = "base64",
            ["description"] = "The content as bytes in Base64. A request has at most 64 KiB; send a larger file to `POST /api/files`.",
        };
    }

    // The schema of an object with all schemas that it refers to.
    private JsonObject Inlined(Type type)
    {
        string top = ((string)registry.SchemaOf(types.InfoOf(type))["$ref"]!)[ComponentPrefix.Length..];
        JsonObject all = registry.Components();
        JsonObject schema = all[top]!.DeepClone().AsObject();
        var definitions = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        Localize(schema, all, definitions);
        if (definitions.Count > 0)
        {
            schema["$defs"] = new JsonObject(definitions.Select(each => KeyValuePair.Create<string, JsonNode?>(each.Key, each.Value)));
        }

        return schema;
    }

    private static void Localize(JsonNode? node, JsonObject all, SortedDictionary<string, JsonNode> definitions)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? item in array)
            {
                Localize(item, all, definitions);
            }
        }
        else if (node is JsonObject json)
        {
            if (json["$ref"] is JsonValue reference && (string)reference! is var text && text.StartsWith(ComponentPrefix, StringComparison.Ordinal))
            {
                string name = text[ComponentPrefix.Length..];
                json["$ref"] = $"#/$defs/{name}";
                if (definitions.TryAdd(name, all[name]!.DeepClone()))
                {
                    Localize(definitions[name], all, definitions);
                }
            }

            foreach ((_, JsonNode? value) in json.ToArray())
            {
                Localize(value, all, definitions);
            }
        }
    }

    private static JsonElement Element(JsonObject schema) => JsonSerializer.SerializeToElement(schema, DocumentJsonContext.Api.JsonObject);
}
