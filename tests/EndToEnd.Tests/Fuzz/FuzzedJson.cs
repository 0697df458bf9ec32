using System.Globalization;
using System.Text;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>Writes JSON that matches a schema, or nearly matches it.</summary>
/// <param name="api">The API.</param>
/// <param name="random">The source of all random choices.</param>
/// <param name="isTame">Whether the JSON matches the schema exactly.</param>
internal sealed class FuzzedJson(ApiDescription api, Random random, bool isTame)
{
    private const int MaxLevels = 4;

    // The probability that a value violates the schema; zero for a third of all bodies.
    private readonly double _wrong = isTame || random.Next(3) == 0 ? 0 : 0.15;

    /// <summary>The bytes of a body.</summary>
    public byte[] Body(JsonElement schema)
    {
        var text = Value(schema, 0);
        return !isTame && random.Next(8) == 0 ? Broken(text) : Encoding.UTF8.GetBytes(text);
    }

    /// <summary>A value for a query or a header.</summary>
    public string Plain(JsonElement schema)
    {
        var text = Value(schema, 0);
        return text.StartsWith('"') && text.Length > 1 ? Unquote(text) : text;
    }

    private static string Unquote(string json)
    {
        try
        {
            return JsonDocument.Parse(json).RootElement.GetString() ?? "";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return json;
        }
    }

    private string Value(JsonElement schema, int level)
    {
        schema = api.Resolve(schema);
        if (random.NextDouble() < _wrong)
        {
            return UnusualInput.Json(random);
        }
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return Anything(level);
        }
        if (schema.TryGetProperty("const", out var only))
        {
            return only.GetRawText();
        }
        if (schema.TryGetProperty("enum", out var values))
        {
            return values[random.Next(values.GetArrayLength())].GetRawText();
        }
        foreach (var name in new[] { "oneOf", "anyOf", "allOf" })
        {
            if (schema.TryGetProperty(name, out var choices))
            {
                return Value(choices[random.Next(choices.GetArrayLength())], level);
            }
        }
        return TypeOf(schema) switch
        {
            "string" => $"\"{UnusualInput.Escape(Text(schema))}\"",
            "integer" or "number" => Number(schema),
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            "null" => "null",
            "array" => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Value(schema.TryGetProperty("items", out var items) ? items : default, level + 1)))}]",
            "object" => Object(schema, level),
            _ => Anything(level),
        };
    }

    private string? TypeOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            return schema.TryGetProperty("properties", out _) ? "object" : null;
        }
        return type.ValueKind == JsonValueKind.Array ? type[random.Next(type.GetArrayLength())].GetString() : type.GetString();
    }

    private string Object(JsonElement schema, int level)
    {
        List<string> members = [];
        if (schema.TryGetProperty("properties", out var properties))
        {
            string[] required = schema.TryGetProperty("required", out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];
            foreach (var property in properties.EnumerateObject())
            {
                if (random.NextDouble() < (required.Contains(property.Name) ? 1 - (_wrong / 2) : 0.6))
                {
                    var name = random.NextDouble() < _wrong / 4 ? property.Name.ToUpperInvariant() : property.Name;
                    members.Add($"\"{name}\":{Value(property.Value, level + 1)}");
                    if (random.NextDouble() < _wrong / 3)
                    {
                        members.Add($"\"{name}\":{Value(property.Value, level + 1)}");
                    }
                }
            }
        }
        if (!isTame && random.Next(6) == 0)
        {
            members.Add($"\"{UnusualInput.Escape(UnusualInput.Text(random))}\":{UnusualInput.Json(random)}");
        }
        return $"{{{string.Join(',', members)}}}";
    }

    private string Text(JsonElement schema)
    {
        switch (schema.TryGetProperty("format", out var format) ? format.GetString() : null)
        {
            case "date-time":
                // Seldom a time with events, because a replay of all events takes long.
                return !isTame && random.Next(5) == 0 ? UnusualInput.Text(random) : new DateTimeOffset(
                    random.Next(1990, 2020), 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next()).ToString("O", CultureInfo.InvariantCulture);
            case "uuid":
                return Guid.NewGuid().ToString();
            case "password":
                return $"Pass-{random.NextInt64()}-word";
        }
        var max = schema.TryGetProperty("maxLength", out var longest) ? longest.GetInt32() : 200;
        return (isTame ? int.MaxValue : random.Next(8)) switch
        {
            0 => UnusualInput.Text(random),
            1 => new string('m', Math.Min(max, 5000)),
            2 => new string('m', Math.Min(max, 20_000) + 1),
            _ => $"name-{random.Next(100_000)}",
        };
    }

    private string Number(JsonElement schema)
    {
        var min = schema.TryGetProperty("minimum", out var least) ? least.GetInt64() : 0;
        var max = schema.TryGetProperty("maximum", out var most) ? most.GetInt64() : 1000;
        return ((isTame ? int.MaxValue : random.Next(6)) switch
        {
            0 => min,
            1 => max,
            2 => min - 1,
            3 => max + 1,
            _ => random.NextInt64(min, Math.Min(max, min + 100) + 1),
        }).ToString(CultureInfo.InvariantCulture);
    }

    private string Anything(int level) => random.Next(level < MaxLevels ? 6 : 3) switch
    {
        0 => $"\"{UnusualInput.Escape(UnusualInput.Text(random))}\"",
        1 => random.Next().ToString(CultureInfo.InvariantCulture),
        2 => UnusualInput.Json(random),
        3 => $"[{Anything(level + 1)},{Anything(level + 1)}]",
        _ => $"{{\"a\":{Anything(level + 1)},\"b\":{Anything(level + 1)}}}",
    };

    private byte[] Broken(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text).ToList();
        switch (random.Next(9))
        {
            case 0:
                bytes.RemoveRange(random.Next(bytes.Count), random.Next(1, bytes.Count + 1) is var count && count < bytes.Count ? 1 : 0);
                break;
            case 1:
                return bytes.GetRange(0, random.Next(bytes.Count)).ToArray();
            case 2:
                bytes.Insert(random.Next(bytes.Count + 1), (byte)random.Next(256));
                break;
            case 3:
                bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
                break;
            case 4:
                bytes.InsertRange(0, Encoding.UTF8.GetPreamble());
                break;
            case 5:
                return Encoding.Unicode.GetBytes(text);
            case 6:
                bytes.AddRange(Encoding.UTF8.GetBytes(text));
                break;
            case 7:
                bytes.InsertRange(random.Next(bytes.Count + 1), [0xc0, 0xaf, 0xed, 0xa0, 0x80]);
                break;
            default:
                bytes.InsertRange(0, Enumerable.Repeat((byte)' ', random.Next(70_000)));
                break;
        }
        return [.. bytes];
    }
}
