using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Recovery;

/// <summary>
/// Makes delivery to one consumer certain, every few seconds, for the event types whose functions are enabled in this app. Its duties, in order:
/// notice that Redis lost state; read entries that no doorbell announced; claim entries that failed or whose reader died; work on the consumer's
/// replay jobs.
/// </summary>
/// <param name="consumer">The consumer.</param>
/// <param name="pairs">Knows the enabled pairs.</param>
/// <param name="losses">Notices that Redis lost state.</param>
/// <param name="journal">Handles the entries of the journals.</param>
/// <param name="pumps">Read nothing while the consumer's store is out.</param>
/// <param name="replays">Runs the replay jobs.</param>
/// <param name="options">The deadlines.</param>
/// <param name="logger">Logs dependencies that are down.</param>
public sealed partial class ConsumerRecovery(
    IEventConsumer consumer,
    EnabledPairs pairs,
    LossDetection losses,
    JournalRecovery journal,
    JournalPumps pumps,
    ReplayRunner replays,
    IOptions<DeliveryOptions> options,
    ILogger<ConsumerRecovery> logger)
{
    /// <summary>The allowed difference between the clocks of instances, Redis and storage. Replays reach back this much further.</summary>
    public static readonly TimeSpan MaxClockDifference = TimeSpan.FromHours(2);

    /// <summary>The attempt from which on an event is isolated, so that an event that kills the process does not use up the attempts of others.</summary>
    internal const int IsolateAfterAttempts = 3;

    /// <summary>The time that a replay may take before the journal has its turn again. A test needs a shorter one.</summary>
    internal TimeSpan ReplaySlice { get; set; } = TickSchedule.Interval;

    /// <summary>Does all duties, and repeats them while a replay job is left and there is time.</summary>
    /// <param name="cancellationToken">Cancels the operation when the time is up. The next run continues.</param>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        var parts = new TickParts();
        IReadOnlyList<string> types = pairs.TypesOf(consumer.Name);
        if (types.Count == 0)
        {
            return;
        }

        bool isMore;
        do
        {
            await parts.RunAsync(
                () => UnlessUnavailableAsync(async () =>
                {
                    await consumer.ProbeAsync(cancellationToken);
                    await RecoverFromJournalAsync(types, parts, cancellationToken);
                }),
                cancellationToken);
            isMore = false;
            // After each slice of a long replay, handle the journal, so that new events do not wait.
            await parts.RunAsync(
                () => UnlessUnavailableAsync(
                    async () => isMore = await replays.RunAsync(consumer, types, ReplaySlice, cancellationToken)),
                cancellationToken);
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

    private async Task RecoverFromJournalAsync(IReadOnlyList<string> types, TickParts parts, CancellationToken cancellationToken)
    {
        foreach (string type in types)
        {
            pumps.Of(consumer, type).StoreAnswers();
            await pumps.Of(consumer, type).SettleAgainAsync();
        }

        // The journals do not wait for a comparison that fails.
        JournalStatus? compared = await parts.RunAsync(() => losses.CompareAsync(types, cancellationToken), cancellationToken);
        await journal.RecoverAsync(compared ?? await losses.StatusAsync(types, cancellationToken), losses, parts, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recovery of consumer {Consumer} cannot work: {Dependency} is unavailable. It tries again at its next run.")]
    private partial void LogPaused(Exception exception, string consumer, string dependency);
}
