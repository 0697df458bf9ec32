using System.Text.Json.Serialization;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Consumers;

/// <summary>The JSON of stored dead letters.</summary>
[JsonSerializable(typeof(DeadLetter))]
internal sealed partial class DeadLetterJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of stored JSON.</summary>
    public static DeadLetterJsonContext Stored { get; } = new(StoredJson.NewOptions());
}
