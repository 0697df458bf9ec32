using System.Collections.Frozen;
using System.Text.Json;

namespace McpFunctions.Domain.Events;

/// <summary>
/// Reads events in their usual form, without escapes and with each field once, in one pass. It gives up on any other text, whether or not it is an
/// event: the parser then reads it again and says what is wrong.
/// </summary>
internal static class PlainEventReader
{
    // Enough for any digits that a producer writes, and for the longest type.
    private const int MaxShortText = 64;

    private static readonly EventField s_id = EventSchema.Envelope.Field("id");
    private static readonly EventField s_type = EventSchema.Envelope.Field("type");
    private static readonly EventField s_correlationId = EventSchema.Envelope.Field("correlationId");
    private static readonly EventField s_service = EventSchema.Metadata.Field("service");
    private static readonly EventField s_version = EventSchema.Metadata.Field("version");
    private static readonly EventField s_userId = EventSchema.Metadata.Field("userId");
    private static readonly EventField s_traceParent = EventSchema.Metadata.Field("traceparent");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_types =
        EventTypes.All.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads an event that fits its schema.</summary>
    /// <param name="json">Valid UTF-8 without a backslash.</param>
    /// <returns>The event; null if the text is no event or has an unusual form.</returns>
    public static DomainEvent? TryRead(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = EventParser.MaxDepth });
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? ReadEnvelope(json, ref reader) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static DomainEvent? ReadEnvelope(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        string? id = null;
        string? type = null;
        string? correlationId = null;
        DateTimeOffset? time = null;
        EventMetadata? metadata = null;
        ReadOnlySpan<byte> payload = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isPlain;
            if (reader.ValueTextEquals("id"u8))
            {
                isPlain = TryReadText(ref reader, s_id, null, ref id);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                isPlain = TryReadType(ref reader, ref type);
            }
            else if (reader.ValueTextEquals("timestamp"u8))
            {
                isPlain = TryReadTime(ref reader, ref time);
            }
            else if (reader.ValueTextEquals("correlationId"u8))
            {
                isPlain = TryReadText(ref reader, s_correlationId, null, ref correlationId);
            }
            else if (reader.ValueTextEquals("payload"u8))
            {
                isPlain = payload.IsEmpty && reader.Read() && reader.TokenType == JsonTokenType.StartObject;
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                payload = json[start..(int)reader.BytesConsumed];
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                isPlain = metadata is null && TryReadMetadata(ref reader, out metadata);
            }
            else
            {
                isPlain = true;
                reader.Skip();
            }

            if (!isPlain)
            {
                return null;
            }
        }

        // Nothing may follow the object.
        return reader.Read() || id is null || type is null || time is null || payload.IsEmpty || metadata is null ? null
            : Checked(id, type, time.Value, correlationId, payload, metadata);
    }

    private static DomainEvent? Checked(
        string id, string type, DateTimeOffset time, string? correlationId, ReadOnlySpan<byte> payload, EventMetadata metadata)
    {
        JsonElement facts = JsonElement.Parse(payload, new JsonDocumentOptions { MaxDepth = EventParser.MaxDepth });
        if (EventSchema.Payloads.TryGetValue(type, out EventSchema? schema))
        {
            var problems = new EventProblems();
            schema.Check(facts, "payload.", problems);
            if (!problems.AreNone)
            {
                return null;
            }
        }

        return new DomainEvent { Id = id, Type = type, Timestamp = time, CorrelationId = correlationId, Payload = facts, Metadata = metadata };
    }

    private static bool TryReadMetadata(ref Utf8JsonReader reader, out EventMetadata? metadata)
    {
        metadata = null;
        string? service = null;
        string? version = null;
        string? userId = null;
        string? traceParent = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isPlain;
            if (reader.ValueTextEquals("service"u8))
            {
                isPlain = TryReadText(ref reader, s_service, EventMetadata.GatewayService, ref service);
            }
            else if (reader.ValueTextEquals("version"u8))
            {
                isPlain = TryReadText(ref reader, s_version, EventMetadata.GatewayVersion, ref version);
            }
            else if (reader.ValueTextEquals("userId"u8))
            {
                isPlain = TryReadText(ref reader, s_userId, null, ref userId);
            }
            else if (reader.ValueTextEquals("traceparent"u8))
            {
                isPlain = TryReadText(ref reader, s_traceParent, null, ref traceParent);
            }
            else
            {
                isPlain = true;
                reader.Skip();
            }

            if (!isPlain)
            {
                return false;
            }
        }

        if (service is null || version is null)
        {
            return false;
        }

        metadata = new EventMetadata { Service = service, Version = version, UserId = userId, TraceParent = traceParent };
        return true;
    }

    // The usual text needs no new string.
    private static bool TryReadText(ref Utf8JsonReader reader, EventField field, string? usual, ref string? text)
    {
        if (text is not null || !reader.Read())
        {
            return false;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return reader.TokenType == JsonTokenType.Null && !field.IsRequired;
        }

        text = usual is not null && reader.ValueTextEquals(usual) ? usual : reader.GetString()!;
        return field.Fits(text.Length);
    }

    private static bool TryReadType(ref Utf8JsonReader reader, ref string? type)
    {
        if (type is not null || !reader.Read() || reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        Span<char> text = stackalloc char[MaxShortText];
        type = reader.ValueSpan.Length <= MaxShortText && s_types.TryGetValue(text[..reader.CopyString(text)], out string? known) ? known : reader.GetString()!;
        return s_type.Fits(type.Length);
    }

    private static bool TryReadTime(ref Utf8JsonReader reader, ref DateTimeOffset? time)
    {
        if (time is not null || !reader.Read() || reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > MaxShortText)
        {
            return false;
        }

        Span<char> text = stackalloc char[MaxShortText];
        bool isTime = Timestamps.TryParse(text[..reader.CopyString(text)], out DateTimeOffset read);
        time = read;
        return isTime;
    }
}
