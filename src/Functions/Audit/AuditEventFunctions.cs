using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Delivery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Audit;

/// <summary>One function for each type of event that goes into the audit log. Each function can be deployed, disabled and scaled alone.</summary>
/// <param name="delivery">Brings messages to the consumer.</param>
/// <param name="consumer">The consumer.</param>
public sealed class AuditEventFunctions(EventDelivery delivery, AuditConsumer consumer)
{
    /// <summary>Takes <c>file.uploaded</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("AuditFileUploaded")]
    public Task FileUploaded(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUploaded)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUploaded, message, cancellationToken);

    /// <summary>Takes <c>file.updated</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("AuditFileUpdated")]
    public Task FileUpdated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUpdated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUpdated, message, cancellationToken);

    /// <summary>Takes <c>file.deleted</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("AuditFileDeleted")]
    public Task FileDeleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileDeleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileDeleted, message, cancellationToken);
}
