using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Workflows;

/// <summary>A workflow.</summary>
public sealed record WorkflowRecord
{
    /// <summary>Identifies the workflow: a UUIDv7, so that ids sort by start.</summary>
    [DataType("uuid")]
    public required string Id { get; init; }

    /// <summary>The workflow's name.</summary>
    [StringLength(WorkflowService.MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>The workflow's input, any JSON.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>One of <see cref="WorkflowStatus"/>.</summary>
    [AllowedValues(WorkflowStatus.Running, WorkflowStatus.Succeeded, WorkflowStatus.Failed)]
    public required string Status { get; init; }

    /// <summary>The user who triggered it and owns it.</summary>
    public required string TriggeredBy { get; init; }

    /// <summary>The time of its start.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset TriggeredAt { get; init; }

    /// <summary>The time of its end; absent while it runs.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The duration in milliseconds; absent while it runs.</summary>
    [Range(0, int.MaxValue)]
    public long? DurationMs { get; init; }

    /// <summary>The workflow's output, any JSON.</summary>
    public JsonElement? Output { get; init; }
}
