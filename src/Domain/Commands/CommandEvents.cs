using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Commands;

/// <summary>The payload of <c>command.started</c>.</summary>
/// <param name="CommandId">The command.</param>
/// <param name="Name">The command's name.</param>
/// <param name="SessionId">The session that it belongs to.</param>
/// <param name="StartedBy">The user who started it.</param>
public sealed record CommandStarted(string CommandId, string Name, string? SessionId, string StartedBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.CommandStarted;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => CommandEventsJsonContext.Wire.CommandStarted;
}

/// <summary>The payload of <c>command.completed</c>.</summary>
/// <param name="CommandId">The command.</param>
/// <param name="Name">The command's name.</param>
/// <param name="SessionId">The session that it belongs to.</param>
/// <param name="StartedBy">The user who started it.</param>
/// <param name="DurationMs">The duration in milliseconds.</param>
/// <param name="Result">The command's output, any JSON.</param>
public sealed record CommandCompleted(
    string CommandId, string Name, string? SessionId, string StartedBy, long DurationMs, JsonElement? Result) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.CommandCompleted;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => CommandEventsJsonContext.Wire.CommandCompleted;
}

/// <summary>The payload of <c>command.failed</c>.</summary>
/// <param name="CommandId">The command.</param>
/// <param name="Name">The command's name.</param>
/// <param name="SessionId">The session that it belongs to.</param>
/// <param name="StartedBy">The user who started it.</param>
/// <param name="DurationMs">The duration in milliseconds.</param>
/// <param name="Error">The error message.</param>
public sealed record CommandFailed(
    string CommandId, string Name, string? SessionId, string StartedBy, long DurationMs, string Error) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.CommandFailed;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => CommandEventsJsonContext.Wire.CommandFailed;
}
