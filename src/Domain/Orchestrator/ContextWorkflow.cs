using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>A workflow in the context. A field is absent if its producer did not send it or it has not arrived yet.</summary>
public sealed record ContextWorkflow
{
    /// <summary>It has not ended.</summary>
    public const string Running = "running";

    // The status of an end whose producer sent none.
    private const string Succeeded = "succeeded";

    /// <summary>The workflow.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>One of <c>WorkflowStatus</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The time of its start.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? TriggeredAt { get; init; }

    /// <summary>The time of its end.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The duration in milliseconds.</summary>
    public long? DurationMs { get; init; }

    internal static ContextWorkflow Of(ContextEntity entity) => new()
    {
        WorkflowId = entity.Id,
        Name = entity.Text("name"),
        Status = entity.End is { } end ? end.Payload.Text("status") ?? Succeeded : Running,
        TriggeredAt = entity.Live?.Timestamp,
        CompletedAt = entity.End?.Timestamp,
        DurationMs = entity.End?.Payload.Number("durationMs"),
    };
}
