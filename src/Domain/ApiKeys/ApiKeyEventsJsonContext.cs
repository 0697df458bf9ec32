using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.ApiKeys;

/// <summary>The JSON of the payloads.</summary>
[JsonSerializable(typeof(ApiKeyCreated))]
[JsonSerializable(typeof(ApiKeyRevoked))]
internal sealed partial class ApiKeyEventsJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire.</summary>
    public static ApiKeyEventsJsonContext Wire { get; } = new(EventJsonContext.WireOptions());
}
