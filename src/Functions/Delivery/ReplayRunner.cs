using System.Collections.Concurrent;
using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Delivery;

/// <summary>Works off replay jobs: walks the log, and has the consumer handle each event directly.</summary>
/// <param name="jobs">The jobs.</param>
/// <param name="log">The log of committed events.</param>
/// <param name="relay">Writes what is not in the log yet.</param>
/// <param name="deadLetters">What the consumer cannot handle.</param>
/// <param name="loneEvents">Gives events that are handled alone their turn.</param>
/// <param name="options">How long the consumer may take for an event.</param>
/// <param name="metrics">Counts what was handled.</param>
/// <param name="logger">Tells of jobs that are done.</param>
public sealed partial class ReplayRunner(
    ReplayJobs jobs,
    EventLog log,
    EventRelay relay,
    DeadLetters deadLetters,
    LoneEvents loneEvents,
    IOptions<DeliveryOptions> options,
    DeliveryMetrics metrics,
    ILogger<ReplayRunner> logger)
{
    // As many as a transaction of the audit log takes at once.
    private const int Parallelism = Transaction.MaxOperations;

    // How often an event is handled alone before it is given up: it was among others in the attempts before.
    private const int MaxAttemptsAlone = ConsumerRecovery.MaxAttempts - ConsumerRecovery.LonelyAttempts;

    private static readonly TimeSpan TakeBackTime = TimeSpan.FromSeconds(2);

    // By consumer.
    private readonly ConcurrentDictionary<string, FirstTimeouts> firstTimeouts = new();

    // What this process began and did not finish, by job: it is alive, so its attempt does not count, whatever the table says.
    private readonly ConcurrentDictionary<string, Unfinished> unfinished = new();

    /// <summary>Works on a consumer's jobs until they are done or the time is up. A crash repeats at most a page.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="slice">After how long to stop at the next page.</param>
    /// <param name="cancellationToken">Cancels the operation where it stands.</param>
    /// <returns>Whether there is more to do.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached: the job waits where it is.</exception>
    public async Task<bool> RunAsync(IEventConsumer consumer, TimeSpan slice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        var elapsed = Stopwatch.StartNew();
        ReplayJob? job = await jobs.NextAsync(consumer.Name, cancellationToken);
        while (job is not null)
        {
            // Before an attempt is counted that would come to nothing.
            await consumer.ProbeAsync(cancellationToken);
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

    private async Task<ReplayJob?> PageAsync(IEventConsumer consumer, ReplayJob job, CancellationToken cancellationToken)
    {
        Unfinished before = unfinished.TryGetValue(job.Id, out Unfinished? known) && known.Cursor == job.Cursor && known.Alone == job.Alone
            ? known
            : new Unfinished(job.Cursor, job.Alone, job.Attempts, IsSlow: false);
        unfinished[job.Id] = before;
        if (job.Cursor is null && (job.Reason == ReplayJobs.RedisLoss || job.Reason.StartsWith(ReplayJobs.JournalLoss, StringComparison.Ordinal)))
        {
            // What was lost may still have its publish mark, so that the relay does not publish it again, and may not be in the log yet.
            await relay.LogCommittedAsync(cancellationToken);
        }

        // One of its events may end the process: it is gone through one by one, until that one is among the dead letters.
        bool isSuspect = job.Alone == 0 && before.Attempts >= ConsumerRecovery.LonelyAttempts;
        job = job with { Attempts = isSuspect ? 1 : before.Attempts + 1, Alone = isSuspect ? EventLog.PageSize : job.Alone };
        using IDisposable? turn = job.Alone > 0 ? await loneEvents.TryEnterAsync(cancellationToken) : null;
        // Counted before: one that ends the process has had its attempt.
        if ((job.Alone > 0 && turn is null) || await jobs.TryWriteAsync(job, cancellationToken) is not { } begun)
        {
            return null;
        }

        before = before with { Alone = job.Alone, Attempts = job.Attempts - 1 };
        unfinished[job.Id] = before;
        try
        {
            ReplayJob? after = await HandlePageAsync(consumer, begun, before.IsSlow, cancellationToken);
            if (after is { Status: ReplayJobs.Running })
            {
                unfinished[job.Id] = before with { Cursor = after.Cursor, Alone = after.Alone, Attempts = 0 };
            }
            else
            {
                unfinished.TryRemove(job.Id, out _);
            }

            return after;
        }
        catch (Exception exception) when (ConsumerAttempt.DoesNotCount(exception))
        {
            unfinished[job.Id] = before with { IsSlow = before.IsSlow || exception is OperationCanceledException };
            await TakeBackAttemptAsync(begun);
            throw;
        }
    }

    // For the next process: this one remembers.
    private async Task TakeBackAttemptAsync(ReplayJob begun)
    {
        using var patience = new CancellationTokenSource(TakeBackTime);
        try
        {
            await jobs.TryWriteAsync(begun with { Attempts = begun.Attempts - 1 }, patience.Token);
        }
        catch (Exception exception) when (ConsumerAttempt.DoesNotCount(exception))
        {
            // Storage is away: should the process end before it is back, one attempt too many is counted.
        }
    }

    private async Task<ReplayJob?> HandlePageAsync(IEventConsumer consumer, ReplayJob job, bool isSlow, CancellationToken cancellationToken)
    {
        int limit = job.Alone > 0 ? 1 : isSlow ? Parallelism : EventLog.PageSize;
        LogPage page = await log.ReadAsync(job.From, job.To, job.Cursor, limit, cancellationToken);
        FetchedEvents fetched = await log.FetchAsync(page.Entries.Where(entry => IsAsked(job, entry.Type)), cancellationToken);
        int failed = fetched.Unreadable.Count + (job.Alone > 0 && job.Attempts > MaxAttemptsAlone
            ? await GiveUpAsync(consumer, fetched.Events, cancellationToken)
            : await HandleAsync(consumer, fetched.Events, cancellationToken));
        foreach (UnreadableEvent unreadable in fetched.Unreadable)
        {
            await deadLetters.AddAsync(consumer.Name, unreadable, cancellationToken);
        }

        int matched = fetched.Events.Count + fetched.Unreadable.Count;
        metrics.Replayed(consumer.Name, matched - failed);
        return await jobs.TryWriteAsync(
            job with
            {
                Cursor = page.Cursor,
                Status = page.Cursor is null ? ReplayJobs.Done : ReplayJobs.Running,
                Matched = job.Matched + matched,
                Delivered = job.Delivered + matched - failed,
                Failed = job.Failed + failed,
                Attempts = 0,
                Alone = Math.Max(0, job.Alone - 1),
            },
            cancellationToken);
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
            (Exception? failure, _) = await ConsumerAttempt.TryAsync(consumer, domainEvent, options.Value.HandlerDeadline, token);
            failure = firstTimeouts.GetOrAdd(consumer.Name, _ => new FirstTimeouts()).Judge(domainEvent, failure);
            ConsumerAttempt.ThrowIfItDoesNotCount(failure);
            if (failure is not null)
            {
                await deadLetters.AddAsync(consumer.Name, domainEvent, failure, 1, token);
                Interlocked.Increment(ref failed);
            }
        });
        return failed;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Replay {Job} for consumer {Consumer} ({Reason}) is done: {Matched} events, of which {Failed} became dead letters.")]
    private partial void LogDone(string job, string consumer, string reason, long matched, long failed);

    // Where it is, and the attempts before; slow where the time was up before a page was finished.
    private sealed record Unfinished(string? Cursor, int Alone, int Attempts, bool IsSlow);
}
