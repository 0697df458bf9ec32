using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Commands;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(StartCommandRequest))]
[JsonSerializable(typeof(CompleteCommandRequest))]
[JsonSerializable(typeof(FailCommandRequest))]
[JsonSerializable(typeof(CommandRecord))]
[JsonSerializable(typeof(Page<CommandRecord>))]
[JsonSerializable(typeof(IdempotencyRow<CommandRecord>))]
internal sealed partial class CommandJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static CommandJsonContext Api { get; } = new(HttpJson.NewOptions());
}
