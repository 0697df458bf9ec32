using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.Workflows;

/// <summary>The limits that the documents show.</summary>
internal static class WorkflowSchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Optional<TriggerWorkflowRequest>(nameof(TriggerWorkflowRequest.Input))
        .Optional<CompleteWorkflowRequest>(nameof(CompleteWorkflowRequest.Output))
        .Add<TriggerWorkflowRequest>(nameof(TriggerWorkflowRequest.Name), Text(1, WorkflowService.MaxNameLength))
        .Add<CompleteWorkflowRequest>(nameof(CompleteWorkflowRequest.Status), OneOf(WorkflowStatus.Succeeded, WorkflowStatus.Failed))
        .Add<WorkflowRecord>(nameof(WorkflowRecord.Id), Format("uuid"))
        .Add<WorkflowRecord>(nameof(WorkflowRecord.Name), Text(1, WorkflowService.MaxNameLength))
        .Add<WorkflowRecord>(nameof(WorkflowRecord.Status), OneOf(WorkflowStatus.Running, WorkflowStatus.Succeeded, WorkflowStatus.Failed))
        .Add<WorkflowRecord>(nameof(WorkflowRecord.DurationMs), AtLeast(0))
        .Add<WorkflowCompleted>(nameof(WorkflowCompleted.Status), Known(WorkflowStatus.Succeeded, WorkflowStatus.Failed));
}
