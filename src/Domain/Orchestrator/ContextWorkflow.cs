using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Workflows;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>A workflow in the context. What its producer did not say, or what has not arrived yet, is absent.</summary>
public sealed record ContextWorkflow
{
    /// <summary>The workflow.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>What it is.</summary>
    public string? Name { get; init; }

    /// <summary>One of <see cref="WorkflowStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>When it was triggered.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? TriggeredAt { get; init; }

    /// <summary>When it ended.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>How long it ran, in milliseconds.</summary>
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
