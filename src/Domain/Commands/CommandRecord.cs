using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Commands;

/// <summary>An MCP command.</summary>
public sealed record CommandRecord
{
    /// <summary>Identifies the command: a UUIDv7, so that ids sort by start.</summary>
    [DataType("uuid")]
    public required string Id { get; init; }

    /// <summary>The command's name.</summary>
    [StringLength(CommandService.MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>The command's input, any JSON.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>The session that it belongs to.</summary>
    [StringLength(CommandService.MaxSessionIdLength, MinimumLength = 1)]
    public string? SessionId { get; init; }

    /// <summary>One of <see cref="CommandStatus"/>.</summary>
    [AllowedValues(CommandStatus.Started, CommandStatus.Completed, CommandStatus.Failed)]
    public required string Status { get; init; }

    /// <summary>The user who started it and owns it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>The time of its start.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The time of its end; absent while it runs.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The duration in milliseconds; absent while it runs.</summary>
    [Range(0, int.MaxValue)]
    public long? DurationMs { get; init; }

    /// <summary>The command's output, any JSON.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>The error message.</summary>
    [StringLength(CommandService.MaxErrorLength, MinimumLength = 1)]
    public string? Error { get; init; }
}
