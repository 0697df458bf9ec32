using System.Collections.Frozen;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Notifications;

/// <summary>Adds notifications to the inboxes of users and administrators.</summary>
/// <param name="inbox">The inboxes.</param>
/// <param name="users">Knows the administrators.</param>
/// <param name="push">Sends new notifications to connected clients.</param>
public sealed class NotificationConsumer(IInbox inbox, UserDirectory users, INotificationPush push) : IEventConsumer
{
    // Replaces the recipient field: all administrators are recipients.
    private const string Administrators = "";

    // The decision record's names, and the payload field with the recipient if the metadata has none.
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
            [EventTypes.SystemHealthDegraded] = ("system:health", Administrators),
            [EventTypes.SystemHealthRestored] = ("system:health", Administrators),
        }.ToFrozenDictionary();

    /// <inheritdoc/>
    public string Name => Subscriptions.Notifications;

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => inbox.ProbeAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        if (Describe(domainEvent) is not var (recipient, notification))
        {
            return false;
        }

        if (recipient is not null)
        {
            return await AddAsync(recipient, notification, cancellationToken);
        }

        // If one of them fails, all are tried again, which changes nothing for the others.
        bool isNew = false;
        await foreach (string administrator in users.ListAdministratorsAsync(cancellationToken))
        {
            isNew |= await AddAsync(administrator, notification, cancellationToken);
        }

        return isNew;
    }

    private async Task<bool> AddAsync(string userId, Notification notification, CancellationToken cancellationToken)
    {
        bool isNew = await inbox.AddAsync(userId, notification, isRebuilt: false, cancellationToken);
        if (isNew)
        {
            push.Send(userId, notification);
        }

        return isNew;
    }

    /// <summary>Makes the notification of an event.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns>The recipient and the notification; null if there is no recipient.</returns>
    public static AddressedNotification? Describe(DomainEvent domainEvent)
    {
        if (!ByType.TryGetValue(domainEvent.Type, out (string Name, string Recipient) known))
        {
            return null;
        }

        string? recipient = known.Recipient == Administrators ? null : domainEvent.Metadata.UserId ?? domainEvent.Payload.Text(known.Recipient);
        return known.Recipient != Administrators && string.IsNullOrEmpty(recipient) ? null : new AddressedNotification(recipient, new Notification
        {
            Name = known.Name,
            EventId = domainEvent.Id,
            Timestamp = domainEvent.Timestamp,
            CorrelationId = domainEvent.CorrelationId,
            Payload = domainEvent.Payload,
        });
    }
}
