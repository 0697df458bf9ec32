using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Workflows;

/// <summary>The payload of <c>workflow.triggered</c>.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="Name">The workflow's name.</param>
/// <param name="TriggeredBy">The user who triggered it.</param>
public sealed record WorkflowTriggered(string WorkflowId, string Name, string TriggeredBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.WorkflowTriggered;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => WorkflowEventsJsonContext.Wire.WorkflowTriggered;
}

/// <summary>The payload of <c>workflow.completed</c>.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="Name">The workflow's name.</param>
/// <param name="TriggeredBy">The user who triggered it.</param>
/// <param name="Status"><see cref="WorkflowStatus.Succeeded"/> or <see cref="WorkflowStatus.Failed"/>.</param>
/// <param name="DurationMs">The duration in milliseconds.</param>
public sealed record WorkflowCompleted(
    string WorkflowId,
    string Name,
    string TriggeredBy,
    [property: Examples(WorkflowStatus.Succeeded, WorkflowStatus.Failed)] string Status,
    long DurationMs) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.WorkflowCompleted;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => WorkflowEventsJsonContext.Wire.WorkflowCompleted;
}
