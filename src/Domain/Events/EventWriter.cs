using System.Buffers;
using System.Text.Json;

namespace McpFunctions.Domain.Events;

/// <summary>Writes events as the serializer writes them, and allocates the array of the event only: each thread keeps a buffer.</summary>
internal static class EventWriter
{
    // More than the longest event. A longer text is written into a buffer that is not kept.
    private const int MaxKept = 64 * 1024;

    private static readonly JsonEncodedText s_id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText s_type = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText s_timestamp = JsonEncodedText.Encode("timestamp");
    private static readonly JsonEncodedText s_correlationId = JsonEncodedText.Encode("correlationId");
    private static readonly JsonEncodedText s_payload = JsonEncodedText.Encode("payload");
    private static readonly JsonEncodedText s_metadata = JsonEncodedText.Encode("metadata");
    private static readonly JsonEncodedText s_service = JsonEncodedText.Encode("service");
    private static readonly JsonEncodedText s_version = JsonEncodedText.Encode("version");
    private static readonly JsonEncodedText s_userId = JsonEncodedText.Encode("userId");
    private static readonly JsonEncodedText s_traceParent = JsonEncodedText.Encode("traceparent");

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <summary>Writes an event.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns>UTF-8 JSON.</returns>
    public static byte[] Write(DomainEvent domainEvent)
    {
        ArrayBufferWriter<byte> buffer = t_buffer ??= new ArrayBufferWriter<byte>(initialCapacity: 1024);
        Utf8JsonWriter writer = t_writer ??= new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Encoder = EventJsonContext.Wire.Options.Encoder, SkipValidation = true });
        // An earlier event that could not be written may have left something.
        buffer.ResetWrittenCount();
        writer.Reset();
        Write(writer, domainEvent);
        writer.Flush();
        if (buffer.Capacity > MaxKept)
        {
            (t_buffer, t_writer) = (null, null);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, DomainEvent domainEvent)
    {
        writer.WriteStartObject();
        WriteText(writer, s_id, domainEvent.Id);
        WriteText(writer, s_type, domainEvent.Type);
        Span<char> time = stackalloc char[Timestamps.Length];
        Timestamps.Format(domainEvent.Timestamp, time);
        writer.WriteString(s_timestamp, time);
        WriteText(writer, s_correlationId, domainEvent.CorrelationId);
        writer.WritePropertyName(s_payload);
        domainEvent.Payload.WriteTo(writer);
        writer.WriteStartObject(s_metadata);
        WriteText(writer, s_service, domainEvent.Metadata.Service);
        WriteText(writer, s_version, domainEvent.Metadata.Version);
        WriteText(writer, s_userId, domainEvent.Metadata.UserId);
        WriteText(writer, s_traceParent, domainEvent.Metadata.TraceParent);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, JsonEncodedText name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }
}
