using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Redis;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Notifications;

/// <summary>One function for each type of event that creates a notification. Each function can be deployed, disabled and scaled alone.</summary>
/// <param name="delivery">Hands messages to the consumer.</param>
/// <param name="consumer">The consumer.</param>
[ConsumerFunctions(Subscriptions.Notifications)]
public sealed class NotificationEventFunctions(EventDelivery delivery, NotificationConsumer consumer)
{
    [Function("NotifyFileUploaded")]
    public Task FileUploaded(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUploaded)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUploaded, message, cancellationToken);

    [Function("NotifyFileUpdated")]
    public Task FileUpdated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUpdated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUpdated, message, cancellationToken);

    [Function("NotifyFileDeleted")]
    public Task FileDeleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileDeleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileDeleted, message, cancellationToken);

    [Function("NotifyCommandStarted")]
    public Task CommandStarted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandStarted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandStarted, message, cancellationToken);

    [Function("NotifyCommandCompleted")]
    public Task CommandCompleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandCompleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandCompleted, message, cancellationToken);

    [Function("NotifyCommandFailed")]
    public Task CommandFailed(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandFailed)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandFailed, message, cancellationToken);

    [Function("NotifySessionExpired")]
    public Task SessionExpired(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SessionExpired)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SessionExpired, message, cancellationToken);

    [Function("NotifyWorkflowTriggered")]
    public Task WorkflowTriggered(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.WorkflowTriggered)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.WorkflowTriggered, message, cancellationToken);

    [Function("NotifyWorkflowCompleted")]
    public Task WorkflowCompleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.WorkflowCompleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.WorkflowCompleted, message, cancellationToken);

    [Function("NotifyApiKeyCreated")]
    public Task ApiKeyCreated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.ApiKeyCreated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.ApiKeyCreated, message, cancellationToken);

    [Function("NotifyApiKeyRevoked")]
    public Task ApiKeyRevoked(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.ApiKeyRevoked)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.ApiKeyRevoked, message, cancellationToken);

    [Function("NotifyAuthLogin")]
    public Task AuthLogin(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.AuthLogin)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.AuthLogin, message, cancellationToken);

    [Function("NotifySystemHealthDegraded")]
    public Task SystemHealthDegraded(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SystemHealthDegraded)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SystemHealthDegraded, message, cancellationToken);

    [Function("NotifySystemHealthRestored")]
    public Task SystemHealthRestored(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SystemHealthRestored)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SystemHealthRestored, message, cancellationToken);
}
