using System.Collections.Frozen;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Notifications;

/// <summary>Puts what a user should know into the user's inbox.</summary>
/// <param name="inbox">The inboxes.</param>
public sealed class NotificationConsumer(IInbox inbox) : IEventConsumer
{
    // The decision record's names, and the payload field that names the recipient where the metadata does not.
    private static readonly FrozenDictionary<string, (string Name, string Recipient)> ByType =
        new Dictionary<string, (string, string)>
        {
            [EventTypes.FileUploaded] = ("file:new", "uploadedBy"),
            [EventTypes.FileUpdated] = ("file:updated", "updatedBy"),
            [EventTypes.FileDeleted] = ("file:deleted", "deletedBy"),
            [EventTypes.CommandStarted] = ("command:started", "startedBy"),
            [EventTypes.CommandCompleted] = ("command:completed", "startedBy"),
            [EventTypes.CommandFailed] = ("command:failed", "startedBy"),
            [EventTypes.SessionExpired] = ("session:expired", "userId"),
            [EventTypes.WorkflowTriggered] = ("workflow:triggered", "triggeredBy"),
            [EventTypes.WorkflowCompleted] = ("workflow:completed", "triggeredBy"),
            [EventTypes.ApiKeyCreated] = ("apikey:created", "createdBy"),
            [EventTypes.ApiKeyRevoked] = ("apikey:revoked", "revokedBy"),
            [EventTypes.AuthLogin] = ("auth:login", "userId"),
        }.ToFrozenDictionary();

    /// <inheritdoc/>
    public string Name => Subscriptions.Notifications;

    /// <inheritdoc/>
    public bool IsMarkedDone => false;

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => inbox.ProbeAsync(cancellationToken);

    /// <inheritdoc/>
    public Task HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken) =>
        Describe(domainEvent) is var (recipient, notification)
            ? inbox.AddAsync(recipient, notification, isRebuilt: false, cancellationToken)
            : Task.CompletedTask;

    /// <summary>What is told of an event, and to whom.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns>The recipient and the notification; null where nobody is told.</returns>
    public static Addressed? Describe(DomainEvent domainEvent)
    {
        ArgumentNullException.ThrowIfNull(domainEvent);
        return ByType.TryGetValue(domainEvent.Type, out (string Name, string Recipient) known)
            && (domainEvent.Metadata.UserId ?? domainEvent.Payload.Text(known.Recipient)) is { Length: > 0 } recipient
            ? new Addressed(recipient, new Notification
            {
                Name = known.Name,
                EventId = domainEvent.Id,
                Timestamp = domainEvent.Timestamp,
                CorrelationId = domainEvent.CorrelationId,
                Payload = domainEvent.Payload,
            })
            : null;
    }
}
