using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Recovery;

namespace McpFunctions.Functions.Operations;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(Page<DomainEvent>))]
[JsonSerializable(typeof(Page<ConsumerResponse>))]
[JsonSerializable(typeof(Page<DeadLetter>))]
[JsonSerializable(typeof(DeadLetter))]
[JsonSerializable(typeof(EditRequest))]
[JsonSerializable(typeof(IReadOnlyList<FieldChange>))]
[JsonSerializable(typeof(EventCount))]
[JsonSerializable(typeof(Page<ReplayJob>))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(ReplayJob))]
[JsonSerializable(typeof(SeriesResponse))]
[JsonSerializable(typeof(PublishedEvent))]
[JsonSerializable(typeof(Effect))]
[JsonSerializable(typeof(RetryRequest))]
[JsonSerializable(typeof(RetryResponse))]
[JsonSerializable(typeof(IdempotencyRow<ReplayJob>))]
[JsonSerializable(typeof(IdempotencyRow<RetryResponse>))]
internal sealed partial class OperationJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static OperationJsonContext Api { get; } = new(HttpJson.NewOptions());
}
