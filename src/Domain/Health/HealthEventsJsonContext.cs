using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Health;

/// <summary>The JSON of the payloads.</summary>
[JsonSerializable(typeof(HealthDegraded))]
[JsonSerializable(typeof(HealthRestored))]
internal sealed partial class HealthEventsJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire.</summary>
    public static HealthEventsJsonContext Wire { get; } = new(EventJsonContext.WireOptions());
}
