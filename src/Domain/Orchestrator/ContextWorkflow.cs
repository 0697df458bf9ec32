using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Workflows;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>A workflow in the context. A field is absent if its producer did not send it or it has not arrived yet.</summary>
public sealed record ContextWorkflow
{
    /// <summary>The workflow.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>One of <see cref="WorkflowStatus"/>.</summary>
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
        Status = entity.End is { } end ? end.Payload.Text("status") ?? WorkflowStatus.Succeeded : WorkflowStatus.Running,
        TriggeredAt = entity.Live?.Timestamp,
        CompletedAt = entity.End?.Timestamp,
        DurationMs = entity.End?.Payload.Number("durationMs"),
    };
}
