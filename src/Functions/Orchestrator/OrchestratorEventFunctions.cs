using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Redis;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>One function for each type of event that changes the orchestrator's context. Each function can be deployed, disabled and scaled alone.</summary>
/// <param name="delivery">Hands messages to the consumer.</param>
/// <param name="consumer">The consumer.</param>
[ConsumerFunctions(Subscriptions.Orchestrator)]
public sealed class OrchestratorEventFunctions(EventDelivery delivery, OrchestratorConsumer consumer)
{
    [Function("OrchestrateFileUploaded")]
    public Task FileUploaded(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUploaded)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUploaded, message, cancellationToken);

    [Function("OrchestrateFileUpdated")]
    public Task FileUpdated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileUpdated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileUpdated, message, cancellationToken);

    [Function("OrchestrateFileDeleted")]
    public Task FileDeleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.FileDeleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.FileDeleted, message, cancellationToken);

    [Function("OrchestrateCommandStarted")]
    public Task CommandStarted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandStarted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandStarted, message, cancellationToken);

    [Function("OrchestrateCommandCompleted")]
    public Task CommandCompleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandCompleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandCompleted, message, cancellationToken);

    [Function("OrchestrateCommandFailed")]
    public Task CommandFailed(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.CommandFailed)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.CommandFailed, message, cancellationToken);

    [Function("OrchestrateWorkflowTriggered")]
    public Task WorkflowTriggered(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.WorkflowTriggered)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.WorkflowTriggered, message, cancellationToken);

    [Function("OrchestrateWorkflowCompleted")]
    public Task WorkflowCompleted(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.WorkflowCompleted)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.WorkflowCompleted, message, cancellationToken);

    [Function("OrchestrateSessionCreated")]
    public Task SessionCreated(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SessionCreated)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SessionCreated, message, cancellationToken);

    [Function("OrchestrateSessionExpired")]
    public Task SessionExpired(
        [RedisPubSubTrigger(RedisConnection.Setting, EventChannels.Prefix + EventTypes.SessionExpired)] string message, CancellationToken cancellationToken) =>
        delivery.DeliverAsync(consumer, EventTypes.SessionExpired, message, cancellationToken);
}
