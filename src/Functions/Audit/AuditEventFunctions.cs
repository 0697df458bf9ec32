using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Redis;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Audit;

/// <summary>One function for each type of event, since the audit log records all of them. Each function can be deployed, disabled and scaled alone.</summary>
/// <param name="delivery">Hands messages to the consumer.</param>
/// <param name="consumer">The consumer.</param>
[ConsumerFunctions(Subscriptions.Audit)]
public sealed class AuditEventFunctions(EventDelivery delivery, AuditConsumer consumer)
{
    [Function("AuditFileUploaded")]
    public Task FileUploaded(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUploaded)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUploaded, message, cancellationToken);

    [Function("AuditFileUpdated")]
    public Task FileUpdated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUpdated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUpdated, message, cancellationToken);

    [Function("AuditFileDeleted")]
    public Task FileDeleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileDeleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileDeleted, message, cancellationToken);

    [Function("AuditCommandStarted")]
    public Task CommandStarted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandStarted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandStarted, message, cancellationToken);

    [Function("AuditCommandCompleted")]
    public Task CommandCompleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandCompleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandCompleted, message, cancellationToken);

    [Function("AuditCommandFailed")]
    public Task CommandFailed(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandFailed)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandFailed, message, cancellationToken);

    [Function("AuditSessionCreated")]
    public Task SessionCreated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SessionCreated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SessionCreated, message, cancellationToken);

    [Function("AuditSessionExpired")]
    public Task SessionExpired(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SessionExpired)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SessionExpired, message, cancellationToken);

    [Function("AuditAuthLogin")]
    public Task AuthLogin(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.AuthLogin)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.AuthLogin, message, cancellationToken);

    [Function("AuditAuthLogout")]
    public Task AuthLogout(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.AuthLogout)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.AuthLogout, message, cancellationToken);

    [Function("AuditAuthFailed")]
    public Task AuthFailed(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.AuthFailed)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.AuthFailed, message, cancellationToken);

    [Function("AuditApiKeyCreated")]
    public Task ApiKeyCreated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.ApiKeyCreated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.ApiKeyCreated, message, cancellationToken);

    [Function("AuditApiKeyRevoked")]
    public Task ApiKeyRevoked(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.ApiKeyRevoked)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.ApiKeyRevoked, message, cancellationToken);

    [Function("AuditWorkflowTriggered")]
    public Task WorkflowTriggered(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.WorkflowTriggered)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.WorkflowTriggered, message, cancellationToken);

    [Function("AuditWorkflowCompleted")]
    public Task WorkflowCompleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.WorkflowCompleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.WorkflowCompleted, message, cancellationToken);

    [Function("AuditSystemHealthDegraded")]
    public Task SystemHealthDegraded(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SystemHealthDegraded)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SystemHealthDegraded, message, cancellationToken);

    [Function("AuditSystemHealthRestored")]
    public Task SystemHealthRestored(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SystemHealthRestored)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SystemHealthRestored, message, cancellationToken);
}
