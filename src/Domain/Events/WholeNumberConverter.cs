using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpFunctions.Domain.Events;

/// <summary>Reads a <see cref="WholeNumber"/>, in whatever form JSON writes it.</summary>
public sealed class WholeNumberConverter : JsonConverter<long>
{
    /// <inheritdoc/>
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WholeNumber.TryRead(ref reader, out long value) ? value : throw new JsonException("Send a whole number.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
