using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpFunctions.Domain.Events;

/// <summary>The JSON of the envelope. Each feature has a context for its payloads.</summary>
[JsonSerializable(typeof(DomainEvent))]
internal sealed partial class EventJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire; the encoder cannot be named in an attribute.</summary>
    public static EventJsonContext Wire { get; } = new(WireOptions());

    /// <summary>How events are written: camelCase, absent optionals omitted, text as JavaScript's <c>JSON.stringify</c> leaves it.</summary>
    /// <returns>New options, since each context keeps its own.</returns>
    public static JsonSerializerOptions WireOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
