using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Audit;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Audit;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(Page<AuditEntry>))]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static AuditJsonContext Api { get; } = new(HttpJson.NewOptions());

    /// <summary>The context with the options of stored JSON.</summary>
    public static AuditJsonContext Stored { get; } = new(StoredJson.NewOptions());
}
