using System.Text.Json.Serialization;
using McpFunctions.Domain.Quotas;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Quotas;

/// <summary>The JSON of stored usage.</summary>
[JsonSerializable(typeof(UsageRow))]
internal sealed partial class QuotaJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of stored JSON.</summary>
    public static QuotaJsonContext Stored { get; } = new(StoredJson.NewOptions());
}
