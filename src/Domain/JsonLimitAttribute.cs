using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace McpFunctions.Domain;

/// <summary>Refuses JSON that cannot be kept: too long, too deep, or with a text that is not valid Unicode.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JsonLimitAttribute : ValidationAttribute
{
    /// <summary>The most bytes, in the form of events and rows. Two such values must fit into an event.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>The most levels of arrays and objects. The event around them adds a few, and readers stop at 64.</summary>
    public const int MaxDepth = 32;

    /// <summary>The limits in words. JSON Schema has no keywords for them.</summary>
    public static string Description => $"At most {MaxBytes} bytes and {MaxDepth} levels of arrays and objects.";

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        try
        {
            return value is not JsonElement json || BytesOf(json) <= MaxBytes ? null : new($"Send at most {MaxBytes} bytes of JSON.");
        }
        catch (JsonException)
        {
            return new($"Send at most {MaxDepth} levels of arrays and objects.");
        }
        catch (InvalidOperationException)
        {
            // The reader and the writer throw this for half a surrogate pair.
            return new("Send only valid Unicode.");
        }
    }

    // As it will be written, not as it came: an escape may be six times as long as the character that the client sent.
    private static long BytesOf(JsonElement json)
    {
        string text = json.GetRawText();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
        }

        using var writer = new Utf8JsonWriter(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteTo(writer);
        writer.Flush();
        return writer.BytesCommitted;
    }
}
