using McpFunctions.Domain.Events;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Delivery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Notifications;

/// <summary>One function for each type of event that users are told of. Each function can be deployed, disabled and scaled alone.</summary>
/// <param name="delivery">Brings messages to the consumer.</param>
/// <param name="consumer">The consumer.</param>
public sealed class NotificationEventFunctions(EventDelivery delivery, NotificationConsumer consumer)
{
    /// <summary>Takes <c>file.uploaded</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("NotifyFileUploaded")]
    public Task FileUploaded(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUploaded)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUploaded, message, cancellationToken);

    /// <summary>Takes <c>file.updated</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("NotifyFileUpdated")]
    public Task FileUpdated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUpdated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUpdated, message, cancellationToken);

    /// <summary>Takes <c>file.deleted</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("NotifyFileDeleted")]
    public Task FileDeleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileDeleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileDeleted, message, cancellationToken);
}
