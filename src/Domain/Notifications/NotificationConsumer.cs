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
        }.ToFrozenDictionary();

    /// <inheritdoc/>
    public string Name => "notifications";

    /// <inheritdoc/>
    public async Task HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(domainEvent);
        if (ByType.TryGetValue(domainEvent.Type, out (string Name, string Recipient) known)
            && (domainEvent.Metadata.UserId ?? domainEvent.Payload.Text(known.Recipient)) is { Length: > 0 } recipient)
        {
            await inbox.AddAsync(
                recipient,
                new Notification
                {
                    Name = known.Name,
                    EventId = domainEvent.Id,
                    Timestamp = domainEvent.Timestamp,
                    CorrelationId = domainEvent.CorrelationId,
                    Payload = domainEvent.Payload,
                },
                cancellationToken);
        }
    }
}
