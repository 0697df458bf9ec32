using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>Holds answers to what the OpenAPI document says of them: status, media type, body.</summary>
internal sealed class ApiAnswers(JsonElement document)
{
    /// <summary>What is not as the document says.</summary>
    public IEnumerable<string> Broken(ApiOperation operation, RawAnswer answer)
    {
        var responses = document.At("paths", operation.Path, operation.Method.ToLowerInvariant(), "responses");
        if (!responses.TryGetProperty($"{answer.Status}", out var response))
        {
            return [$"OpenAPI knows no {answer.Status} of {operation}"];
        }
        response = Resolve(response);
        if (!response.TryGetProperty("content", out var content))
        {
            return answer.Body.Length == 0 ? [] : [$"OpenAPI knows no body of {answer.Status} of {operation}"];
        }
        var media = content.EnumerateObject().FirstOrDefault(media => media.Name == answer.MediaType || media.Name == "*/*");
        if (media.Value.ValueKind == JsonValueKind.Undefined)
        {
            return [$"OpenAPI knows no {answer.MediaType} of {answer.Status} of {operation}"];
        }
        if (!media.Value.TryGetProperty("schema", out var schema))
        {
            return [];
        }
        return answer.Json() is { } body ? Broken(schema, body, "$") : answer.MediaType!.EndsWith("json", StringComparison.Ordinal) ? ["its body is no JSON"] : [];
    }

    private IEnumerable<string> Broken(JsonElement schema, JsonElement value, string path)
    {
        schema = Resolve(schema);
        if (schema.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }
        foreach (var keyword in schema.EnumerateObject())
        {
            foreach (var problem in Broken(schema, keyword.Name, keyword.Value, value, path))
            {
                yield return problem;
            }
        }
    }

    private IEnumerable<string> Broken(JsonElement schema, string keyword, JsonElement argument, JsonElement value, string path)
    {
        IEnumerable<string> Unless(bool isGood) => isGood ? [] : [$"{path} is {value}, and OpenAPI says {keyword} {argument}"];
        return keyword switch
        {
            "type" => Unless(argument.ValueKind == JsonValueKind.Array ? argument.EnumerateArray().Any(type => IsOf(type.GetString()!, value)) : IsOf(argument.GetString()!, value)),
            "const" => Unless(JsonElement.DeepEquals(argument, value)),
            "enum" => Unless(argument.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value))),
            "allOf" => argument.EnumerateArray().SelectMany(each => Broken(each, value, path)),
            "oneOf" or "anyOf" => Unless(argument.EnumerateArray().Any(each => !Broken(each, value, path).Any())),
            "required" when value.ValueKind == JsonValueKind.Object => argument.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{path} lacks {name}"),
            "properties" when value.ValueKind == JsonValueKind.Object =>
                argument.EnumerateObject().SelectMany(property => value.TryGetProperty(property.Name, out var found) ? Broken(property.Value, found, $"{path}.{property.Name}") : []),
            "additionalProperties" when value.ValueKind == JsonValueKind.Object => value.EnumerateObject()
                .Where(property => !(schema.TryGetProperty("properties", out var known) && known.TryGetProperty(property.Name, out _)))
                .SelectMany(property => argument.ValueKind == JsonValueKind.False ? [$"{path} has {property.Name}, which OpenAPI does not know"] : Broken(argument, property.Value, $"{path}.{property.Name}")),
            "items" when value.ValueKind == JsonValueKind.Array => value.EnumerateArray().SelectMany((item, index) => Broken(argument, item, $"{path}[{index}]")),
            "minItems" => Unless(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= argument.GetInt32()),
            "minLength" => Unless(value.ValueKind != JsonValueKind.String || value.GetString()!.Length >= argument.GetInt32()),
            "maxLength" => Unless(value.ValueKind != JsonValueKind.String || value.GetString()!.Length <= argument.GetInt32()),
            "pattern" => Unless(value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, argument.GetString()!)),
            "minimum" => Unless(value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= argument.GetDecimal()),
            "maximum" => Unless(value.ValueKind != JsonValueKind.Number || value.GetDecimal() <= argument.GetDecimal()),
            "format" => Unless(value.ValueKind != JsonValueKind.String || argument.GetString() switch
            {
                "uuid" => value.TryGetGuid(out _),
                "date-time" => value.TryGetDateTimeOffset(out _),
                _ => true,
            }),
            _ => [],
        };
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private JsonElement Resolve(JsonElement json)
    {
        while (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("$ref", out var reference))
        {
            json = document.At(reference.GetString()![2..].Split('/'));
        }
        return json;
    }
}
