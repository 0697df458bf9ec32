using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace McpFunctions.Domain;

/// <summary>Gathers what is wrong with the fields of a request, so that a caller learns all of it at once.</summary>
public sealed class FieldErrors
{
    /// <summary>The most levels of arrays and objects in a client's JSON. The event around it adds a few, and readers stop at 64.</summary>
    public const int MaxJsonDepth = 32;

    private readonly Dictionary<string, string[]> errors = [];

    /// <summary>The failure; null if all fields are valid.</summary>
    public Failure? Failure => errors.Count == 0 ? null : new Failure.Rejected(errors);

    /// <summary>Notes a problem of a field.</summary>
    /// <param name="isValid">Whether there is none.</param>
    /// <param name="field">The field.</param>
    /// <param name="problem">The problem and its remedy.</param>
    public FieldErrors Check(bool isValid, string field, string problem)
    {
        if (!isValid)
        {
            errors[field] = [problem];
        }

        return this;
    }

    /// <summary>Notes a value that breaks a rule which a request declares. All rules of a field share one text, the <c>ErrorMessage</c> of one of them.</summary>
    /// <typeparam name="T">The request.</typeparam>
    /// <param name="property">The property.</param>
    /// <param name="value">The value that the client sent.</param>
    public FieldErrors Check<T>(string property, object? value)
    {
        ValidationAttribute[] rules = [.. typeof(T).GetProperty(property)!.GetCustomAttributes<ValidationAttribute>()];
        string field = JsonNamingPolicy.CamelCase.ConvertName(property);
        return Check(
            Array.TrueForAll(rules, rule => rule.IsValid(value)),
            field,
            Array.Find(rules, rule => rule.ErrorMessage is not null)!.FormatErrorMessage(field));
    }

    /// <summary>Notes JSON that cannot be kept: too long, too deep, or with a text that is none.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="field">The field.</param>
    /// <param name="maxBytes">The most bytes, in the form of events and rows.</param>
    public FieldErrors CheckJson(JsonElement? json, string field, int maxBytes)
    {
        try
        {
            return Check(json is not { } element || BytesOf(element) <= maxBytes, field, $"Send at most {maxBytes} bytes of JSON.");
        }
        catch (JsonException)
        {
            return Check(false, field, $"Send at most {MaxJsonDepth} levels of arrays and objects.");
        }
        catch (InvalidOperationException)
        {
            // The reader and the writer throw this for half a surrogate pair.
            return Check(false, field, "Send only valid Unicode.");
        }
    }

    // As it will be written, not as it came: an escape may be six times as long as the character that the client sent.
    private static long BytesOf(JsonElement json)
    {
        string text = json.GetRawText();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = MaxJsonDepth });
        while (reader.Read())
        {
        }

        using var writer = new Utf8JsonWriter(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteTo(writer);
        writer.Flush();
        return writer.BytesCommitted;
    }
}
