using System.Text;
using System.Text.Json;

namespace McpFunctions.Domain.Events;

/// <summary>Writes events to the wire form and reads them back, from any producer.</summary>
public static class EventParser
{
    /// <summary>The longest event in bytes: a Table property holds 64 KiB, and 48 KiB leaves room beside it.</summary>
    public const int MaxBytes = 48 * 1024;

    /// <summary>The longest id in characters. Ids of other producers may have any form, but they end up in keys and indexes.</summary>
    public const int MaxIdLength = 256;

    /// <summary>How many arrays and objects an event may have in each other, itself included: a line and a page hold it, and readers and writers stop at 64.</summary>
    public const int MaxDepth = 48;

    // A character of one byte may be written as \uXXXX.
    private const int LongestEscape = 6;

    /// <summary>Writes an event.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns>UTF-8 JSON.</returns>
    public static byte[] Write(DomainEvent domainEvent) =>
        JsonSerializer.SerializeToUtf8Bytes(domainEvent, EventJsonContext.Wire.DomainEvent);

    /// <summary>Reads an event. Unknown fields are ignored.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="domainEvent">The event.</param>
    /// <param name="problem">What is wrong with it, without any of its content.</param>
    /// <returns>False where it is no event.</returns>
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
            DomainEvent? read = JsonSerializer.Deserialize(json, EventJsonContext.Wire.DomainEvent);
            CheckPayload(json);
            problem = read is null ? "it is the JSON value null" : Check(read);
            if (problem.Length == 0 && json.Length > MaxBytes / LongestEscape && Write(read!).Length > MaxBytes)
            {
                problem = $"it is longer than {MaxBytes} bytes with the escapes that JSON needs";
            }

            domainEvent = read!;
            return problem.Length == 0;
        }
        catch (JsonException exception)
        {
            // The exception's own text may quote the content; its place does not.
            problem = $"it is not the JSON of an event, at {exception.Path ?? "$"} line {exception.LineNumber} byte {exception.BytePositionInLine}";
            return false;
        }
        catch (InvalidOperationException)
        {
            // What Utf8JsonReader throws for a text with half a surrogate pair.
            problem = "a text in it is not valid Unicode";
            return false;
        }
    }

    /// <summary>Reads an event.</summary>
    /// <inheritdoc cref="TryRead(ReadOnlySpan{byte}, out DomainEvent, out string)"/>
    public static bool TryRead(string json, out DomainEvent domainEvent, out string problem) =>
        TryRead(Encoding.UTF8.GetBytes(json), out domainEvent, out problem);

    // The payload is kept as it came, so nothing has looked at its texts yet: half a surrogate pair would come to light
    // in a consumer, again and again. So would its depth, in every page of the audit log that holds it.
    private static void CheckPayload(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                reader.GetString();
            }
        }
    }

    private static string Check(DomainEvent read) => read switch
    {
        { Id: null or "" } => "its id is empty",
        { Id.Length: > MaxIdLength } => $"its id is longer than {MaxIdLength} characters",
        { Type: null or "" } => "its type is empty",
        { CorrelationId.Length: > MaxIdLength } => $"its correlationId is longer than {MaxIdLength} characters",
        { Payload.ValueKind: not JsonValueKind.Object } => "its payload is not an object",
        { Metadata: null } => "it has no metadata",
        { Metadata.Service: null or "" } => "its metadata.service is empty",
        { Metadata.Version: null } => "it has no metadata.version",
        { Metadata.UserId.Length: > MaxIdLength } => $"its metadata.userId is longer than {MaxIdLength} characters",
        _ => "",
    };
}
