using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Commands;

/// <summary>An MCP command.</summary>
public sealed record CommandRecord
{
    /// <summary>Identifies the command: a UUIDv7, so that ids sort by start.</summary>
    public required string Id { get; init; }

    /// <summary>What it is.</summary>
    public required string Name { get; init; }

    /// <summary>What it was given, any JSON.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>The session that it belongs to.</summary>
    public string? SessionId { get; init; }

    /// <summary>One of <see cref="CommandStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The user who started it and owns it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When it started.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended; absent while it runs.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How long it ran, in milliseconds; absent while it runs.</summary>
    public long? DurationMs { get; init; }

    /// <summary>What came of it, any JSON.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>What went wrong.</summary>
    public string? Error { get; init; }
}
