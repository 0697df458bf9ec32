using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Workflows;

/// <summary>A workflow.</summary>
public sealed record WorkflowRecord
{
    /// <summary>Identifies the workflow: a UUIDv7, so that ids sort by start.</summary>
    public required string Id { get; init; }

    /// <summary>What it is.</summary>
    public required string Name { get; init; }

    /// <summary>What it was given, any JSON.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>One of <see cref="WorkflowStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The user who triggered it and owns it.</summary>
    public required string TriggeredBy { get; init; }

    /// <summary>When it was triggered.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset TriggeredAt { get; init; }

    /// <summary>When it ended; absent while it runs.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>How long it ran, in milliseconds; absent while it runs.</summary>
    public long? DurationMs { get; init; }

    /// <summary>What came of it, any JSON.</summary>
    public JsonElement? Output { get; init; }
}
