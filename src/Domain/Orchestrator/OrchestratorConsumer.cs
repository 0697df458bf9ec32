using System.Collections.Frozen;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>Keeps the orchestrator's context of each user up to date.</summary>
/// <param name="contexts">The contexts.</param>
public sealed class OrchestratorConsumer(IContextStore contexts) : IEventConsumer
{
    // The payload fields with the entity and, if the metadata has none, the user; and whether the event ends the entity.
    private static readonly FrozenDictionary<string, (string Entity, string Owner, bool IsTerminal)> ByType =
        new Dictionary<string, (string, string, bool)>
        {
            [EventTypes.FileUploaded] = ("fileId", "uploadedBy", false),
            [EventTypes.FileUpdated] = ("fileId", "updatedBy", false),
            [EventTypes.FileDeleted] = ("fileId", "deletedBy", true),
            [EventTypes.CommandStarted] = ("commandId", "startedBy", false),
            [EventTypes.CommandCompleted] = ("commandId", "startedBy", true),
            [EventTypes.CommandFailed] = ("commandId", "startedBy", true),
            [EventTypes.WorkflowTriggered] = ("workflowId", "triggeredBy", false),
            [EventTypes.WorkflowCompleted] = ("workflowId", "triggeredBy", true),
            [EventTypes.SessionCreated] = ("sessionId", "userId", false),
            [EventTypes.SessionExpired] = ("sessionId", "userId", true),
        }.ToFrozenDictionary();

    /// <inheritdoc/>
    public string Name => Subscriptions.Orchestrator;

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => contexts.ProbeAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        if (Describe(domainEvent) is not var (userId, fact))
        {
            return false;
        }

        FactOutcome outcome = await contexts.ApplyAsync(userId, fact, isState: false, cancellationToken);
        if (outcome == FactOutcome.TooOld)
        {
            // Too old to decide whether its entity still exists. Storage knows.
            await contexts.RequestRebuildAsync(userId, cancellationToken);
        }

        return outcome != FactOutcome.Known;
    }

    /// <summary>Makes the fact of an event.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns>The user and the fact; null if the event changes no context.</returns>
    public static UserFact? Describe(DomainEvent domainEvent) =>
        ByType.TryGetValue(domainEvent.Type, out (string Entity, string Owner, bool IsTerminal) known)
            && domainEvent.Payload.Text(known.Entity) is { Length: > 0 } entityId
            && (domainEvent.Metadata.UserId ?? domainEvent.Payload.Text(known.Owner)) is { Length: > 0 } userId
            ? new UserFact(userId, new ContextFact
            {
                Kind = domainEvent.Type[..domainEvent.Type.IndexOf('.', StringComparison.Ordinal)],
                EntityId = entityId,
                IsTerminal = known.IsTerminal,
                Version = domainEvent.Payload.Number("version") ?? 0,
                Timestamp = domainEvent.Timestamp,
                EventId = domainEvent.Id,
                Type = domainEvent.Type,
                Payload = domainEvent.Payload,
            })
            : null;
}
