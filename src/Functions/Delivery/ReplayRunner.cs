using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Delivery;

/// <summary>Works off replay jobs: walks the log, and has the consumer handle each event directly.</summary>
/// <param name="jobs">The jobs.</param>
/// <param name="log">The log of committed events.</param>
/// <param name="relay">Knows what is not in the log yet.</param>
/// <param name="deadLetters">What the consumer cannot handle.</param>
/// <param name="options">How long the consumer may take for an event.</param>
/// <param name="metrics">Counts what was handled.</param>
/// <param name="logger">Tells of jobs that are done.</param>
public sealed partial class ReplayRunner(
    ReplayJobs jobs, EventLog log, EventRelay relay, DeadLetters deadLetters, IOptions<DeliveryOptions> options, DeliveryMetrics metrics, ILogger<ReplayRunner> logger)
{
    // As many as a transaction of the audit log takes at once.
    private const int Parallelism = Transaction.MaxOperations;

    // How often an event is handled alone before it is given up: it was among others in the attempts before.
    private const int MaxAttemptsAlone = ConsumerRecovery.MaxAttempts - ConsumerRecovery.LonelyAttempts;

    /// <summary>Works on a consumer's jobs until they are done or the time is up. A crash repeats at most a page.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="slice">After how long to stop at the next page.</param>
    /// <param name="cancellationToken">Ends the call, where it stands.</param>
    /// <returns>Whether there is more to do.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached: the job waits where it is.</exception>
    public async Task<bool> RunAsync(IEventConsumer consumer, TimeSpan slice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        var elapsed = Stopwatch.StartNew();
        ReplayJob? job = await jobs.NextAsync(consumer.Name, cancellationToken);
        while (job is not null)
        {
            if (await PageAsync(consumer, job, cancellationToken) is not { } after)
            {
                return false;
            }

            if (after.Status == ReplayJobs.Done)
            {
                LogDone(after.Id, consumer.Name, after.Reason, after.Matched, after.Failed);
                after = await jobs.NextAsync(consumer.Name, cancellationToken);
            }

            job = after;
            if (elapsed.Elapsed >= slice)
            {
                break;
            }
        }

        return job is not null;
    }

    // The attempt is counted before the page is handled: one that ends the process has had it. The page is then gone through
    // event by event, until the one that ends the process is among the dead letters.
    private async Task<ReplayJob?> PageAsync(IEventConsumer consumer, ReplayJob job, CancellationToken cancellationToken)
    {
        bool isSuspect = job.Alone == 0 && job.Attempts >= ConsumerRecovery.LonelyAttempts;
        ReplayJob? begun = await jobs.TryWriteAsync(
            isSuspect ? job with { Attempts = 1, Alone = EventLog.PageSize } : job with { Attempts = job.Attempts + 1 }, cancellationToken);
        if (begun is null)
        {
            return null;
        }

        try
        {
            return await HandlePageAsync(consumer, begun, cancellationToken);
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or OperationCanceledException)
        {
            await TakeBackAttemptAsync(begun);
            throw;
        }
    }

    private async Task<ReplayJob?> HandlePageAsync(IEventConsumer consumer, ReplayJob job, CancellationToken cancellationToken)
    {
        if (job.Cursor is null && (job.Reason == ReplayJobs.RedisLoss || job.Reason.StartsWith(ReplayJobs.JournalLoss, StringComparison.Ordinal)))
        {
            // What was lost may still have its publish mark, so that the relay does not publish it again, and may not be in the log yet.
            await relay.LogCommittedAsync(cancellationToken);
        }

        LogPage page = await log.ReadAsync(job.From, job.To, job.Cursor, job.Alone > 0 ? 1 : EventLog.PageSize, cancellationToken);
        IReadOnlyList<DomainEvent> events = await log.FetchAsync(
            page.Entries.Where(entry => IsAsked(job, entry.Type)), cancellationToken);
        int failed = job.Alone > 0 && job.Attempts > MaxAttemptsAlone
            ? await GiveUpAsync(consumer, events, cancellationToken)
            : await HandleAsync(consumer, events, cancellationToken);
        metrics.Replayed(consumer.Name, events.Count - failed);
        return await jobs.TryWriteAsync(
            job with
            {
                Cursor = page.Cursor,
                Status = page.Cursor is null ? ReplayJobs.Done : ReplayJobs.Running,
                Matched = job.Matched + events.Count,
                Delivered = job.Delivered + events.Count - failed,
                Failed = job.Failed + failed,
                Attempts = 0,
                Alone = Math.Max(0, job.Alone - 1),
            },
            cancellationToken);
    }

    private async Task TakeBackAttemptAsync(ReplayJob begun)
    {
        try
        {
            await jobs.TryWriteAsync(begun with { Attempts = begun.Attempts - 1 }, CancellationToken.None);
        }
        catch (DependencyUnavailableException)
        {
            // One attempt too many is counted; many of them at the same place are not to be expected.
        }
    }

    private async Task<int> GiveUpAsync(IEventConsumer consumer, IReadOnlyList<DomainEvent> events, CancellationToken cancellationToken)
    {
        foreach (DomainEvent domainEvent in events)
        {
            await deadLetters.AddAsync(consumer.Name, domainEvent, ConsumerRecovery.EndedTheProcess, ConsumerRecovery.MaxAttempts, cancellationToken);
        }

        return events.Count;
    }

    private static bool IsAsked(ReplayJob job, string type) => Subscriptions.Takes(job.Consumer, type) && job.Types?.Contains(type) != false;

    private async Task<int> HandleAsync(IEventConsumer consumer, IEnumerable<DomainEvent> events, CancellationToken cancellationToken)
    {
        int failed = 0;
        await Parallel.ForEachAsync(events, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken }, async (domainEvent, token) =>
        {
            try
            {
                await consumer.HandleAsync(domainEvent, token).WaitAsync(options.Value.HandlerDeadline, token);
            }
            catch (Exception exception) when (exception is not DependencyUnavailableException && !token.IsCancellationRequested)
            {
                await deadLetters.AddAsync(consumer.Name, domainEvent, DeadLetters.Describe(exception), 1, token);
                Interlocked.Increment(ref failed);
            }
        });
        return failed;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Replay {Job} for consumer {Consumer} ({Reason}) is done: {Matched} events, {Failed} of them dead letters.")]
    private partial void LogDone(string job, string consumer, string reason, long matched, long failed);
}
