using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Recovery;

/// <summary>Makes delivery certain: every few seconds the relay and the recovery of each consumer run. Every hour, retention runs.</summary>
/// <param name="relay">Publishes committed events that are still unpublished.</param>
/// <param name="trimmer">Trims the journals.</param>
/// <param name="effects">Trims the stream of effects.</param>
/// <param name="recoveryOf">Gives the recovery of a consumer, made at the first tick of its timer: an app may run the timers of some consumers only.</param>
/// <param name="retention">Deletes expired data.</param>
/// <param name="options">Limits the time of a tick.</param>
/// <param name="logger">Logs ticks that took too long.</param>
public sealed partial class DeliveryTimers(
    OutboxRelay relay,
    JournalTrimmer trimmer,
    EffectLog effects,
    Func<string, ConsumerRecovery> recoveryOf,
    Retention retention,
    IOptions<DeliveryOptions> options,
    ILogger<DeliveryTimers> logger)
{
    /// <summary>Publishes committed events that are still unpublished, and trims the journal.</summary>
    [Function("RelayEvents")]
    public Task Relay([TimerTrigger(TickSchedule.EveryFiveSeconds)] TimerInfo timer, CancellationToken cancellationToken) => TickAsync("RelayEvents", async token =>
    {
        var parts = new TickParts();
        await parts.RunAsync(() => relay.RelayAsync(token), token);
        // Trim even if the relay failed: Redis may be full, and trimming makes room.
        await parts.RunAsync(() => trimmer.TrimAsync(token), token);
        await parts.RunAsync(() => effects.TrimAsync(token), token);
        parts.ThrowIfOneFailed();
    }, cancellationToken);

    /// <summary>Gives the audit log the events that it missed.</summary>
    /// <inheritdoc cref="Relay"/>
    [Function("RecoverAudit"), RecoveryOf(Subscriptions.Audit)]
    public Task RecoverAudit([TimerTrigger(TickSchedule.EveryFiveSeconds)] TimerInfo timer, CancellationToken cancellationToken) =>
        RecoverAsync("RecoverAudit", Subscriptions.Audit, cancellationToken);

    /// <summary>Gives the inboxes the events that they missed.</summary>
    /// <inheritdoc cref="Relay"/>
    [Function("RecoverNotifications"), RecoveryOf(Subscriptions.Notifications)]
    public Task RecoverNotifications([TimerTrigger(TickSchedule.EveryFiveSeconds)] TimerInfo timer, CancellationToken cancellationToken) =>
        RecoverAsync("RecoverNotifications", Subscriptions.Notifications, cancellationToken);

    /// <summary>Gives the orchestrator's contexts the events that they missed.</summary>
    /// <inheritdoc cref="Relay"/>
    [Function("RecoverOrchestrator"), RecoveryOf(Subscriptions.Orchestrator)]
    public Task RecoverOrchestrator([TimerTrigger(TickSchedule.EveryFiveSeconds)] TimerInfo timer, CancellationToken cancellationToken) =>
        RecoverAsync("RecoverOrchestrator", Subscriptions.Orchestrator, cancellationToken);

    /// <summary>Deletes events, audit lines and replays that are older than their retention.</summary>
    /// <inheritdoc cref="Relay"/>
    [Function("CleanUp")]
    public Task CleanUp([TimerTrigger("0 41 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        retention.CleanUpAsync(cancellationToken);

    private Task RecoverAsync(string name, string consumer, CancellationToken cancellationToken) =>
        TickAsync(name, token => recoveryOf(consumer).RecoverAsync(token), cancellationToken);

    private async Task TickAsync(string name, Func<CancellationToken, Task> tick, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // A tick that takes longer ends, and the next tick starts with a fresh view.
        deadline.CancelAfter(options.Value.TickDeadline);
        try
        {
            await tick(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogDeadline(name);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Timer} did not finish within one tick. It continues at the next.")]
    private partial void LogDeadline(string timer);
}
