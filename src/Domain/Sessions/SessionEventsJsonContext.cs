using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Sessions;

/// <summary>The JSON of the payloads.</summary>
[JsonSerializable(typeof(SessionCreated))]
[JsonSerializable(typeof(SessionExpired))]
[JsonSerializable(typeof(AuthLogin))]
[JsonSerializable(typeof(AuthLogout))]
internal sealed partial class SessionEventsJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire.</summary>
    public static SessionEventsJsonContext Wire { get; } = new(EventJsonContext.WireOptions());
}
