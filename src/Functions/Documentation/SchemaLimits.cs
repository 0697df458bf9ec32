using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using McpFunctions.Domain;

namespace McpFunctions.Functions.Documentation;

/// <summary>The limits of properties, which C#'s types do not express, as keywords of JSON Schema. The attributes of the properties declare them.</summary>
internal static class SchemaLimits
{
    /// <summary>Whether a request may leave a property out. Properties of requests are nullable in C#, so that a 400 can name a missing one.</summary>
    public static bool IsOptional(MemberInfo property) => property.GetCustomAttribute<RequiredAttribute>() is null;

    /// <summary>The limits of a property.</summary>
    public static JsonObject Of(PropertyInfo property)
    {
        bool isList = property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable<string?>));
        var schema = new JsonObject();
        foreach (Attribute attribute in property.GetCustomAttributes())
        {
            Add(attribute, isList, schema);
        }

        return schema;
    }

    private static void Add(Attribute attribute, bool isList, JsonObject schema)
    {
        switch (attribute)
        {
            case StringLengthAttribute text:
                schema["minLength"] = text.MinimumLength;
                schema["maxLength"] = text.MaximumLength;
                break;
            case MinLengthAttribute min when isList || min.Length > 0:
                schema[isList ? "minItems" : "minLength"] = min.Length;
                break;
            case MaxLengthAttribute max:
                schema["maxLength"] = max.Length;
                break;
            case RegularExpressionAttribute form:
                schema["pattern"] = form.Pattern;
                break;
            case RangeAttribute range:
                schema["minimum"] = (int)range.Minimum;
                if (range.Maximum is not int.MaxValue)
                {
                    schema["maximum"] = (int)range.Maximum;
                }

                break;
            case AllowedValuesAttribute allowed:
                schema["enum"] = Values(allowed.Values.Cast<string>());
                break;
            case ListedInAttribute listed when isList:
                schema["items"] = new JsonObject { ["type"] = "string", ["enum"] = Values(listed.Values) };
                if (listed.LimitsCount)
                {
                    schema["maxItems"] = listed.Values.Count;
                }

                break;
            case ListedInAttribute listed:
                schema["enum"] = Values(listed.Values);
                break;
            case ExamplesAttribute examples:
                schema["examples"] = Values(examples.Values);
                break;
            case DataTypeAttribute data:
                schema["format"] = data.DataType switch
                {
                    DataType.Password => "password",
                    DataType.DateTime => "date-time",
                    _ => data.CustomDataType,
                };
                break;
            case DeprecatedAttribute:
                schema["deprecated"] = true;
                break;
            case JsonObjectValueAttribute:
                schema["type"] = "object";
                break;
        }
    }

    private static JsonArray Values(IEnumerable<string> values) => [.. values.Select(value => JsonValue.Create(value))];
}
