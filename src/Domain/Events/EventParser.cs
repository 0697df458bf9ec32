using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace McpFunctions.Domain.Events;

/// <summary>Writes events to the wire form and reads them back, from any producer.</summary>
public static class EventParser
{
    /// <summary>The longest event in bytes: a Table property holds 64 KiB, and 48 KiB leaves room beside it.</summary>
    public const int MaxBytes = 48 * 1024;

    /// <summary>The longest id in characters. Ids of other producers may have any form, but they end up in keys and indexes.</summary>
    public const int MaxIdLength = 256;

    /// <summary>The most levels of arrays and objects in an event, including itself. Audit lines and pages add more, and readers and writers stop at 64.</summary>
    public const int MaxDepth = 48;

    // A character of one byte may be written as \uXXXX.
    private const int LongestEscape = 6;

    private const string BrokenText = "a text in it is not valid Unicode";

    /// <summary>Writes an event.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns>UTF-8 JSON.</returns>
    public static byte[] Write(DomainEvent domainEvent) => EventWriter.Write(domainEvent);

    /// <summary>
    /// Reads an event and holds its payload to the schema of its type, which the AsyncAPI document shows. Unknown fields are ignored.
    /// </summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="domainEvent">The event.</param>
    /// <param name="problem">Everything that is wrong with it, with the names of the fields and without any of its content.</param>
    /// <returns>False if it is not an event.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, out DomainEvent domainEvent, out string problem)
    {
        domainEvent = null!;
        if (json.Length > MaxBytes)
        {
            problem = $"it is longer than {MaxBytes} bytes";
            return false;
        }

        try
        {
            problem = HasBrokenText(json) ? BrokenText : Read(json, out domainEvent);
            return problem.Length == 0;
        }
        catch (JsonException exception)
        {
            // The exception's own text may quote the content; its place does not.
            problem = $"it is not JSON, or has more than {MaxDepth} levels, at line {exception.LineNumber + 1} byte {exception.BytePositionInLine + 1}";
            return false;
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader throws it for half a surrogate pair.
            problem = BrokenText;
            return false;
        }
    }

    /// <summary>Reads an event.</summary>
    /// <inheritdoc cref="TryRead(ReadOnlySpan{byte}, out DomainEvent, out string)"/>
    public static bool TryRead(string json, out DomainEvent domainEvent, out string problem) =>
        TryRead(Encoding.UTF8.GetBytes(json), out domainEvent, out problem);

    // Returns the problem; empty if the event was read.
    private static string Read(ReadOnlySpan<byte> json, out DomainEvent domainEvent)
    {
        if (json.IndexOf((byte)'\\') < 0 && PlainEventReader.TryRead(json) is { } plain)
        {
            domainEvent = plain;
            return ProblemOfLength(json, plain);
        }

        domainEvent = null!;
        JsonElement root = JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "it is not a JSON object";
        }

        var problems = new EventProblems();
        EventSchema.Envelope.Check(root, "", problems);
        if (root.TryGetProperty("payload", out JsonElement payload) && payload.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String
            && EventSchema.Payloads.TryGetValue(type.GetString()!, out EventSchema? schema))
        {
            schema.Check(payload, "payload.", problems);
        }

        if (problems.ToString() is { Length: > 0 } found)
        {
            return found;
        }

        domainEvent = root.Deserialize(EventJsonContext.Wire.DomainEvent)!;
        return ProblemOfLength(json, domainEvent);
    }

    private static string ProblemOfLength(ReadOnlySpan<byte> json, DomainEvent domainEvent) =>
        json.Length > MaxBytes / LongestEscape && Write(domainEvent).Length > MaxBytes
            ? $"it is longer than {MaxBytes} bytes with the escapes that JSON needs"
            : "";

    // The payload is kept as it came: a broken text in it would fail in a consumer, again and again.
    private static bool HasBrokenText(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return true;
        }

        if (json.IndexOf("\\u"u8) < 0)
        {
            return false;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                reader.GetString();
            }
        }

        return false;
    }
}
