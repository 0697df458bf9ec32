using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Domain.Events;

/// <summary>A field of an event: the AsyncAPI document describes it, and the parser holds events of every producer to it.</summary>
public sealed class EventField
{
    private readonly Type type;

    private EventField(JsonPropertyInfo property)
    {
        Name = property.Name;
        type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        IsRequired = !property.IsGetNullable && type == property.PropertyType;
        MinLength = AttributeOf<MinLengthAttribute>(property)?.Length ?? (IsRequired && type == typeof(string) ? 1 : 0);
        MaxLength = AttributeOf<MaxLengthAttribute>(property)?.Length;
        Nested = type == typeof(EventMetadata) ? EventSchema.Of(property.Options.GetTypeInfo(type)) : null;
    }

    /// <summary>Its camelCase name.</summary>
    public string Name { get; }

    /// <summary>Whether every event has it, which is so if its C# type is not nullable.</summary>
    public bool IsRequired { get; }

    /// <summary>Whether it is a whole number that is not negative.</summary>
    public bool IsWholeNumber => type == typeof(long);

    /// <summary>The fewest characters of a text: 1 if it is required, unless its property says otherwise.</summary>
    public int MinLength { get; }

    /// <summary>The most characters of a text; null for any number.</summary>
    public int? MaxLength { get; }

    /// <summary>The fields of its object; null for a payload and for a field of another kind.</summary>
    internal EventSchema? Nested { get; }

    /// <summary>Describes a property of the envelope or of a payload record.</summary>
    /// <param name="property">How it is written.</param>
    /// <returns>The field.</returns>
    public static EventField Of(JsonPropertyInfo property) => new(property);

    internal void Check(JsonElement json, string prefix, EventProblems problems)
    {
        if (!json.TryGetProperty(Name, out JsonElement value))
        {
            if (IsRequired)
            {
                problems.AddMissing(prefix + Name);
            }
        }
        else if (Nested is not null && value.ValueKind == JsonValueKind.Object)
        {
            Nested.Check(value, $"{prefix}{Name}.", problems);
        }
        else if ((IsRequired || value.ValueKind != JsonValueKind.Null) && Expected(value) is { } expected)
        {
            problems.Add($"{prefix}{Name} must be {expected}");
        }
    }

    /// <summary>Whether a text of this many characters fits.</summary>
    internal bool Fits(int length) => length >= MinLength && (MaxLength is null || length <= MaxLength);

    // The characters of a text. Most have no escapes, and then no string is needed to count them.
    private static int LengthOf(JsonElement text)
    {
        ReadOnlySpan<byte> quoted = JsonMarshal.GetRawUtf8Value(text);
        return quoted.Contains((byte)'\\') ? text.GetString()!.Length : Encoding.UTF8.GetCharCount(quoted[1..^1]);
    }

    // The expected form of the value; null if the value has it.
    private string? Expected(JsonElement value)
    {
        if (type == typeof(string))
        {
            return value.ValueKind != JsonValueKind.String ? "a text"
                : Fits(LengthOf(value)) ? null
                : MaxLength is null ? $"a text of at least {MinLength} character"
                : $"a text of {MinLength} to {MaxLength} characters";
        }

        if (IsWholeNumber)
        {
            return WholeNumber.TryRead(value, out long number) && number >= 0 ? null : $"a whole number from 0 to {long.MaxValue}";
        }

        if (type == typeof(DateTimeOffset))
        {
            return value.ValueKind == JsonValueKind.String && Timestamps.TryParse(value.GetString(), out _) ? null : Timestamps.Expected;
        }

        if (type == typeof(IReadOnlyList<string>))
        {
            return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) ? null : "a list of texts";
        }

        // The other fields: payload and metadata are objects, and an optional value may be any JSON.
        return !IsRequired || value.ValueKind == JsonValueKind.Object ? null : "an object";
    }

    private static T? AttributeOf<T>(JsonPropertyInfo property)
        where T : Attribute => property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: false).OfType<T>().SingleOrDefault();
}
