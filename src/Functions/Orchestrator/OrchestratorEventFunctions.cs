using McpFunctions.Domain.Events;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Delivery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>One function for each type of event that changes the orchestrator's context. Each function can be deployed, disabled and scaled alone.</summary>
/// <param name="delivery">Hands messages to the consumer.</param>
/// <param name="consumer">The consumer.</param>
public sealed class OrchestratorEventFunctions(EventDelivery delivery, OrchestratorConsumer consumer)
{
    /// <summary>Takes <c>file.uploaded</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateFileUploaded")]
    public Task FileUploaded(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUploaded)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUploaded, message, cancellationToken);

    /// <summary>Takes <c>file.updated</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateFileUpdated")]
    public Task FileUpdated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUpdated)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUpdated, message, cancellationToken);

    /// <summary>Takes <c>file.deleted</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateFileDeleted")]
    public Task FileDeleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileDeleted)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileDeleted, message, cancellationToken);

    /// <summary>Takes <c>command.started</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateCommandStarted")]
    public Task CommandStarted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandStarted)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandStarted, message, cancellationToken);

    /// <summary>Takes <c>command.completed</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateCommandCompleted")]
    public Task CommandCompleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandCompleted)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandCompleted, message, cancellationToken);

    /// <summary>Takes <c>command.failed</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateCommandFailed")]
    public Task CommandFailed(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandFailed)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandFailed, message, cancellationToken);

    /// <summary>Takes <c>workflow.triggered</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateWorkflowTriggered")]
    public Task WorkflowTriggered(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.WorkflowTriggered)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.WorkflowTriggered, message, cancellationToken);

    /// <summary>Takes <c>workflow.completed</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateWorkflowCompleted")]
    public Task WorkflowCompleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.WorkflowCompleted)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.WorkflowCompleted, message, cancellationToken);

    /// <summary>Takes <c>session.created</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateSessionCreated")]
    public Task SessionCreated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SessionCreated)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SessionCreated, message, cancellationToken);

    /// <summary>Takes <c>session.expired</c>.</summary>
    /// <param name="message">What the Redis trigger gives.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    [Function("OrchestrateSessionExpired")]
    public Task SessionExpired(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SessionExpired)] string message,
        CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SessionExpired, message, cancellationToken);
}
