using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Recovery;

/// <summary>
/// Gives one consumer the events that the fast path missed, every few seconds. Its duties, in order: notice that Redis lost
/// state; claim unacknowledged entries; acknowledge handled ones; handle the rest, count the attempts, and move events that keep failing
/// to the dead letters; work on the consumer's replay jobs.
/// </summary>
/// <param name="consumer">The consumer.</param>
/// <param name="losses">Notices that Redis lost state.</param>
/// <param name="journal">Handles the entries of the journal.</param>
/// <param name="replays">Runs the replay jobs.</param>
/// <param name="options">The deadlines.</param>
/// <param name="logger">Logs dependencies that are down.</param>
public sealed partial class ConsumerRecovery(
    IEventConsumer consumer,
    LossDetection losses,
    JournalRecovery journal,
    ReplayRunner replays,
    IOptions<DeliveryOptions> options,
    ILogger<ConsumerRecovery> logger)
{
    /// <summary>The failed attempts after which an event becomes a dead letter.</summary>
    public const int MaxAttempts = 8;

    /// <summary>The allowed difference between the clocks of instances, Redis and storage. Replays reach back this much further.</summary>
    public static readonly TimeSpan MaxClockDifference = TimeSpan.FromHours(2);

    /// <summary>The attempts after which an event is isolated, so that an event that kills the process does not use up the attempts of others.</summary>
    internal const int IsolateAfterAttempts = 3;

    /// <summary>The error of a dead letter whose handler started again and again and never finished.</summary>
    internal const string EndedTheProcess = "The process ended during every attempt.";

    /// <summary>Makes the recovery of a consumer.</summary>
    /// <param name="services">Provides storage, Redis and the options.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="isolationGate">Lets isolated events take turns.</param>
    /// <param name="replays">Runs the replay jobs.</param>
    /// <returns>The recovery.</returns>
    public static ConsumerRecovery Create(IServiceProvider services, IEventConsumer consumer, IsolationGate isolationGate, ReplayRunner replays)
    {
        LossDetection losses = ActivatorUtilities.CreateInstance<LossDetection>(services, consumer);
        RecoveryAttempts attempts = ActivatorUtilities.CreateInstance<RecoveryAttempts>(services, consumer, isolationGate);
        JournalRecovery journal = ActivatorUtilities.CreateInstance<JournalRecovery>(services, consumer, losses, attempts);
        return ActivatorUtilities.CreateInstance<ConsumerRecovery>(services, consumer, losses, journal, replays);
    }

    /// <summary>Does all duties, and repeats them while a replay job is left and there is time.</summary>
    /// <param name="cancellationToken">Cancels the operation when the time is up. The next run continues.</param>
    /// <returns>A task that ends when the tick ends.</returns>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        var parts = new TickParts();
        bool isMore;
        do
        {
            await parts.RunAsync(
                () => UnlessUnavailableAsync(async () =>
                {
                    await consumer.ProbeAsync(cancellationToken);
                    await RecoverFromJournalAsync(parts, cancellationToken);
                }),
                cancellationToken);
            isMore = false;
            // After each slice of a long replay, handle the journal, so that new events do not wait.
            await parts.RunAsync(
                () => UnlessUnavailableAsync(async () => isMore = await replays.RunAsync(consumer, TickSchedule.Interval, cancellationToken)), cancellationToken);
        }
        // Start nothing that could not use the full time of a handler.
        while (isMore && elapsed.Elapsed < options.Value.TickDeadline - options.Value.HandlerDeadline && !cancellationToken.IsCancellationRequested);
        parts.ThrowIfOneFailed();
    }

    private async Task UnlessUnavailableAsync(Func<Task> duty)
    {
        try
        {
            await duty();
        }
        catch (DependencyUnavailableException exception)
        {
            LogPaused(exception, consumer.Name, exception.Dependency);
        }
    }

    private async Task RecoverFromJournalAsync(TickParts parts, CancellationToken cancellationToken)
    {
        await losses.EnsureGroupAsync(cancellationToken);
        try
        {
            if (!await losses.CompareAsync(journal.Reached, cancellationToken))
            {
                return;
            }
        }
        catch (Exception exception) when (exception is not DependencyUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            // The journal does not wait for the replay.
            parts.Add(exception);
        }

        await journal.RecoverAsync(parts, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recovery of consumer {Consumer} cannot work: {Dependency} is unavailable. It tries again at its next run.")]
    private partial void LogPaused(Exception exception, string consumer, string dependency);
}
