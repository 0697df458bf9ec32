using System.Text.Json.Serialization;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Consumers;

/// <summary>The JSON of effects.</summary>
[JsonSerializable(typeof(IReadOnlyList<Effect>))]
internal sealed partial class EffectJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of stored JSON.</summary>
    public static EffectJsonContext Stored { get; } = new(StoredJson.NewOptions());
}
