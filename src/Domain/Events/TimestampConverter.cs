using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpFunctions.Domain.Events;

/// <summary>Reads and writes a time in the form of <see cref="Timestamps"/>.</summary>
public sealed class TimestampConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Timestamps.TryParse(reader.GetString(), out DateTimeOffset time)
            ? time
            : throw new JsonException($"Send {Timestamps.Expected}.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[Timestamps.Length];
        Timestamps.Format(value, text);
        writer.WriteStringValue(text);
    }
}
