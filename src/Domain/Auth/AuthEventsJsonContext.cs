using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Auth;

/// <summary>The JSON of the payloads.</summary>
[JsonSerializable(typeof(AuthFailed))]
internal sealed partial class AuthEventsJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire.</summary>
    public static AuthEventsJsonContext Wire { get; } = new(EventJsonContext.WireOptions());
}
