using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>A command in the context. A field is absent if its producer did not send it or it has not arrived yet.</summary>
public sealed record ContextCommand
{
    /// <summary>The command.</summary>
    public required string CommandId { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>The session that it belongs to.</summary>
    public string? SessionId { get; init; }

    /// <summary><c>started</c>, <c>completed</c> or <c>failed</c>.</summary>
    [AllowedValues("started", "completed", "failed")]
    public required string Status { get; init; }

    /// <summary>The time of its start.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The time of its end.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The duration in milliseconds.</summary>
    public long? DurationMs { get; init; }

    /// <summary>The output, any JSON.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>The error message.</summary>
    public string? Error { get; init; }

    internal static ContextCommand Of(ContextEntity entity) => new()
    {
        CommandId = entity.Id,
        Name = entity.Text("name"),
        SessionId = entity.Text("sessionId"),
        Status = entity.Latest.Type[(entity.Latest.Type.IndexOf('.', StringComparison.Ordinal) + 1)..],
        StartedAt = entity.Live?.Timestamp,
        EndedAt = entity.End?.Timestamp,
        DurationMs = entity.End?.Payload.Number("durationMs"),
        Output = entity.End?.Payload.TryGetProperty("result", out JsonElement result) == true ? result : null,
        Error = entity.End?.Payload.Text("error"),
    };
}
