using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Commands;

/// <summary>The JSON of the payloads.</summary>
[JsonSerializable(typeof(CommandStarted))]
[JsonSerializable(typeof(CommandCompleted))]
[JsonSerializable(typeof(CommandFailed))]
internal sealed partial class CommandEventsJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire.</summary>
    public static CommandEventsJsonContext Wire { get; } = new(EventJsonContext.WireOptions());
}
