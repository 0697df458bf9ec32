using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Workflows;

/// <summary>The running workflows of a user.</summary>
/// <param name="state">State in storage.</param>
public sealed class ActiveWorkflows(IStateStore state) : IActiveEntities
{
    /// <inheritdoc/>
    public IAsyncEnumerable<ActiveEntity> ListAsync(string userId, CancellationToken cancellationToken) => state
        .ListAsync<WorkflowRecord>(StateKeys.User(userId), WorkflowService.RowPrefix, null, cancellationToken)
        .Select(row => row.Value)
        .Where(workflow => workflow.Status == WorkflowStatus.Running)
        .Select(workflow => ActiveEntity.Of(workflow.Id, 0, workflow.TriggeredAt, new WorkflowTriggered(workflow.Id, workflow.Name, workflow.TriggeredBy)));
}
