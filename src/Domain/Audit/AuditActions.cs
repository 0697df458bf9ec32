using System.Collections.Frozen;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Audit;

/// <summary>
/// The audit log's words for each type of event (the decision record's <c>file.upload</c> for <c>file.uploaded</c>),
/// and the payload fields with the resource and the user.
/// </summary>
public static class AuditActions
{
    private static readonly FrozenDictionary<string, (string Action, string Resource, string Actor)> ByType =
        new Dictionary<string, (string, string, string)>
        {
            [EventTypes.FileUploaded] = ("file.upload", "fileId", "uploadedBy"),
            [EventTypes.FileUpdated] = ("file.update", "fileId", "updatedBy"),
            [EventTypes.FileDeleted] = ("file.delete", "fileId", "deletedBy"),
            [EventTypes.CommandStarted] = ("command.start", "commandId", "startedBy"),
            [EventTypes.CommandCompleted] = ("command.complete", "commandId", "startedBy"),
            [EventTypes.CommandFailed] = ("command.fail", "commandId", "startedBy"),
            [EventTypes.SessionCreated] = ("session.create", "sessionId", "userId"),
            [EventTypes.SessionExpired] = ("session.expire", "sessionId", "userId"),
            [EventTypes.AuthLogin] = ("auth.login", "sessionId", "userId"),
            [EventTypes.AuthLogout] = ("auth.logout", "sessionId", "userId"),
            [EventTypes.AuthFailed] = ("auth.fail", "username", "userId"),
            [EventTypes.ApiKeyCreated] = ("apikey.create", "keyId", "createdBy"),
            [EventTypes.ApiKeyRevoked] = ("apikey.revoke", "keyId", "revokedBy"),
            [EventTypes.WorkflowTriggered] = ("workflow.trigger", "workflowId", "triggeredBy"),
            [EventTypes.WorkflowCompleted] = ("workflow.complete", "workflowId", "triggeredBy"),
            [EventTypes.SystemHealthDegraded] = ("system.health.degrade", "component", ""),
            [EventTypes.SystemHealthRestored] = ("system.health.restore", "component", ""),
        }.ToFrozenDictionary();

    /// <summary>The line of the audit log for an event.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns>The line. A type without a word of its own is its own action.</returns>
    public static AuditEntry Describe(DomainEvent domainEvent)
    {
        (string action, string resource, string actor) = ByType.GetValueOrDefault(domainEvent.Type, (domainEvent.Type, "", ""));
        return new AuditEntry
        {
            EventId = domainEvent.Id,
            Type = domainEvent.Type,
            Action = action,
            Timestamp = domainEvent.Timestamp,
            UserId = domainEvent.Payload.Text(actor) ?? domainEvent.Metadata.UserId,
            ResourceId = domainEvent.Payload.Text(resource),
            CorrelationId = domainEvent.CorrelationId,
            Event = domainEvent,
        };
    }
}
