using System.Runtime.CompilerServices;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Workflows;

/// <summary>The running workflows of a user.</summary>
/// <param name="state">State in storage.</param>
public sealed class ActiveWorkflows(IStateStore state) : IActiveEntities
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ActiveEntity> ListAsync(string userId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Stored<WorkflowRecord> row in state.ListAsync<WorkflowRecord>(StateKeys.User(userId), WorkflowService.RowPrefix, null, cancellationToken))
        {
            WorkflowRecord workflow = row.Value;
            if (workflow.Status == WorkflowStatus.Running)
            {
                yield return ActiveEntity.Of(workflow.Id, 0, workflow.TriggeredAt, new WorkflowTriggered(workflow.Id, workflow.Name, workflow.TriggeredBy));
            }
        }
    }
}
