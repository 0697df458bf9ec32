using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Files;

/// <summary>The JSON of the payloads.</summary>
[JsonSerializable(typeof(FileUploaded))]
[JsonSerializable(typeof(FileUpdated))]
[JsonSerializable(typeof(FileDeleted))]
internal sealed partial class FileEventsJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the wire.</summary>
    public static FileEventsJsonContext Wire { get; } = new(EventJsonContext.WireOptions());
}
