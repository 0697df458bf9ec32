using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>A command in the context. What its producer did not say, or what has not arrived yet, is absent.</summary>
public sealed record ContextCommand
{
    /// <summary>The command.</summary>
    public required string CommandId { get; init; }

    /// <summary>What it is.</summary>
    public string? Name { get; init; }

    /// <summary>The session that it belongs to.</summary>
    public string? SessionId { get; init; }

    /// <summary><c>started</c>, <c>completed</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>When it started.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How long it ran, in milliseconds.</summary>
    public long? DurationMs { get; init; }

    /// <summary>What came of it, any JSON.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>What went wrong.</summary>
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
