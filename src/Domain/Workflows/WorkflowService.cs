using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Quotas;

namespace McpFunctions.Domain.Workflows;

/// <summary>Records workflows. Each change commits together with its event.</summary>
/// <param name="state">Reads workflows.</param>
/// <param name="idempotency">Writes workflows with their events and makes requests idempotent.</param>
/// <param name="quotas">The most running workflows of a user.</param>
/// <param name="time">The clock.</param>
public sealed class WorkflowService(IStateStore state, IdempotencyService idempotency, QuotaLimits quotas, TimeProvider time)
{
    private static readonly Failure Contended = new Failure.Conflict("Another request is changing your workflows. Retry.");

    private readonly Turnstile turnstile = new(time);

    /// <summary>The longest name in characters.</summary>
    public const int MaxNameLength = 128;

    /// <summary>The prefix of the row keys of workflows.</summary>
    public const string RowPrefix = "workflow:";

    /// <summary>Triggers a workflow.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="name">The workflow's name.</param>
    /// <param name="input">The workflow's input, any JSON.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The workflow; or rejected, quota exceeded, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<WorkflowRecord>> TriggerAsync(Actor actor, string? name, JsonElement? input, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors()
            .Check<TriggerWorkflowRequest>(nameof(TriggerWorkflowRequest.Name), name)
            .Check<TriggerWorkflowRequest>(nameof(TriggerWorkflowRequest.Input), input);
        if (errors.Failure is { } failure)
        {
            return failure;
        }

        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        var workflow = new WorkflowRecord
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Name = name!,
            Input = input,
            Status = WorkflowStatus.Running,
            TriggeredBy = actor.UserId,
            TriggeredAt = now,
        };
        DomainEvent triggered = DomainEvent.Create(
            new WorkflowTriggered(workflow.Id, workflow.Name, actor.UserId), now, actor.UserId, actor.CorrelationId);
        using IDisposable turn = await turnstile.EnterAsync(actor.UserId, cancellationToken);
        return await ConflictRetry.RunAsync<WorkflowRecord>(Contended, async () =>
        {
            if (await idempotency.FindAsync<WorkflowRecord>(actor, cancellationToken) is { } repeated)
            {
                return repeated;
            }

            Stored<UsageRow>? usage = await state.FindUsageAsync(actor.UserId, Usage.Workflows, row => row.Count >= quotas.RunningWorkflows, cancellationToken);
            UsageRow before = usage?.Value ?? Usage.None;
            if (before.Count >= quotas.RunningWorkflows)
            {
                return new Failure.QuotaExceeded($"You have {before.Count} running workflows; at most {quotas.RunningWorkflows} are allowed. Complete the workflows that have ended.");
            }

            return await idempotency.CommitAsync(
                actor,
                new Transaction(StateKeys.User(actor.UserId)).Insert(RowPrefix + workflow.Id, workflow).SetUsage(Usage.Workflows, usage, before.Plus(1, 0)).Publish(triggered),
                workflow,
                cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Records that a workflow has ended.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="status"><see cref="WorkflowStatus.Succeeded"/> or <see cref="WorkflowStatus.Failed"/>.</param>
    /// <param name="output">The workflow's output, any JSON.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The workflow; or not found, rejected, conflict if it has ended already, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<WorkflowRecord>> CompleteAsync(
        Actor actor, string id, string? status, JsonElement? output, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors()
            .Check<CompleteWorkflowRequest>(nameof(CompleteWorkflowRequest.Status), status)
            .Check<CompleteWorkflowRequest>(nameof(CompleteWorkflowRequest.Output), output);
        if (errors.Failure is { } failure)
        {
            return failure;
        }

        return await ConflictRetry.RunAsync<WorkflowRecord>(Contended, async () =>
        {
            if (await state.FindByIdAsync<WorkflowRecord>(actor.UserId, RowPrefix, id, cancellationToken) is not { } stored)
            {
                return new Failure.NotFound();
            }

            WorkflowRecord workflow = stored.Value;
            if (await idempotency.FindAsync<WorkflowRecord>(actor, cancellationToken) is { } repeated)
            {
                return repeated;
            }

            if (workflow.Status != WorkflowStatus.Running)
            {
                return new Failure.Conflict($"The workflow has already {workflow.Status}.");
            }

            DateTimeOffset now = Timestamps.After(workflow.TriggeredAt, time);
            long duration = (long)(now - workflow.TriggeredAt).TotalMilliseconds;
            WorkflowRecord ended = workflow with { Status = status!, CompletedAt = now, DurationMs = duration, Output = output };
            DomainEvent completed = DomainEvent.Create(
                new WorkflowCompleted(workflow.Id, workflow.Name, workflow.TriggeredBy, status!, duration), now, actor.UserId, actor.CorrelationId);
            Stored<UsageRow>? usage = await state.FindUsageAsync(actor.UserId, Usage.Workflows, cancellationToken);
            return await idempotency.CommitAsync(
                actor, new Transaction(StateKeys.User(actor.UserId)).Replace(stored.Key, ended, stored.ETag).SubtractOne(usage).Publish(completed), ended, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Reads a workflow.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The workflow; or not found.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<WorkflowRecord>> FindAsync(string userId, string id, CancellationToken cancellationToken) =>
        await state.FindByIdAsync<WorkflowRecord>(userId, RowPrefix, id, cancellationToken) is { } stored ? stored.Value : new Failure.NotFound();

    /// <summary>Lists a user's workflows in the order in which they were triggered.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<Outcome<Page<WorkflowRecord>>> ListAsync(string userId, PageRequest page, CancellationToken cancellationToken) =>
        state.PageAsync<WorkflowRecord, WorkflowRecord>(StateKeys.User(userId), RowPrefix, page, row => row, _ => true, cancellationToken);
}
