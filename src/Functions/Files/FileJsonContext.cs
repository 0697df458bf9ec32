using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Files;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(RenameRequest))]
[JsonSerializable(typeof(FileRecord))]
[JsonSerializable(typeof(IReadOnlyList<FileRecord>))]
[JsonSerializable(typeof(Page<FileRecord>))]
[JsonSerializable(typeof(Page<DomainEvent>))]
[JsonSerializable(typeof(FileRow))]
[JsonSerializable(typeof(FileHistoryRow))]
[JsonSerializable(typeof(IdempotencyRow<FileRecord[]>))]
internal sealed partial class FileJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static FileJsonContext Api { get; } = new(HttpJson.NewOptions());
}
