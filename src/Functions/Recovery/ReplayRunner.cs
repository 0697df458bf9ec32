using System.Collections.Concurrent;
using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using EventLog = McpFunctions.Functions.Storage.EventLog;

namespace McpFunctions.Functions.Recovery;

/// <summary>Runs replay jobs: reads the log and hands each event to the consumer.</summary>
/// <param name="jobs">The jobs.</param>
/// <param name="log">The log of committed events.</param>
/// <param name="relay">Writes events that are not in the log yet.</param>
/// <param name="deadLetters">Stores events that keep failing.</param>
/// <param name="isolationGate">Lets isolated events take turns.</param>
/// <param name="options">Limits the time for an event.</param>
/// <param name="metrics">Counts handled events.</param>
/// <param name="logger">Logs finished jobs.</param>
public sealed partial class ReplayRunner(
    ReplayJobs jobs,
    EventLog log,
    OutboxRelay relay,
    DeadLetters deadLetters,
    IsolationGate isolationGate,
    IOptions<DeliveryOptions> options,
    DeliveryMetrics metrics,
    ILogger<ReplayRunner> logger)
{
    // The size of one transaction of the audit log.
    private const int Parallelism = Transaction.MaxOperations;

    // The attempts of an isolated event before it becomes a dead letter. It was among others in earlier attempts.
    private const int MaxIsolatedAttempts = ConsumerRecovery.MaxAttempts - ConsumerRecovery.IsolateAfterAttempts;

    private static readonly TimeSpan TakeBackTime = TimeSpan.FromSeconds(2);

    // By consumer.
    private readonly ConcurrentDictionary<string, FirstTimeouts> firstTimeouts = new();

    // The attempts that this process began and did not finish, by job. The process is alive, so they do not count.
    private readonly ConcurrentDictionary<string, Unfinished> unfinished = new();

    /// <summary>Works on a consumer's jobs until they are done or the time is up. A crash repeats at most a page.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="slice">The time after which it stops at the next page.</param>
    /// <param name="cancellationToken">Cancels the operation where it stands.</param>
    /// <returns>True if there is more to do.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached. The job waits at its position.</exception>
    public async Task<bool> RunAsync(IEventConsumer consumer, TimeSpan slice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        var elapsed = Stopwatch.StartNew();
        ReplayJob? job = await jobs.NextAsync(consumer.Name, cancellationToken);
        while (job is not null)
        {
            // Check before counting an attempt that would fail anyway.
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
        Unfinished before = unfinished.TryGetValue(job.Id, out Unfinished? known) && known.Cursor == job.Cursor && known.Isolated == job.Isolated
            ? known
            : new Unfinished(job.Cursor, job.Isolated, job.Attempts, IsSlow: false);
        unfinished[job.Id] = before;
        if (job.Cursor is null && (job.Reason == ReplayJobs.RedisLoss || job.Reason.StartsWith(ReplayJobs.JournalLoss, StringComparison.Ordinal)))
        {
            // A lost event may still have its published marker, so the relay does not publish it again; and it may not be in the log yet.
            await relay.LogCommittedAsync(cancellationToken);
        }

        // One of its events may kill the process. Handle them one by one until that event is a dead letter.
        bool isSuspect = job.Isolated == 0 && before.Attempts >= ConsumerRecovery.IsolateAfterAttempts;
        job = job with { Attempts = isSuspect ? 1 : before.Attempts + 1, Isolated = isSuspect ? EventLog.PageSize : job.Isolated };
        using IDisposable? turn = job.Isolated > 0 ? await isolationGate.TryEnterAsync(cancellationToken) : null;
        // Count first, so that an event that kills the process uses up its attempts.
        if ((job.Isolated > 0 && turn is null) || await jobs.TryWriteAsync(job, cancellationToken) is not { } begun)
        {
            return null;
        }

        before = before with { Isolated = job.Isolated, Attempts = job.Attempts - 1 };
        unfinished[job.Id] = before;
        try
        {
            ReplayJob? after = await HandlePageAsync(consumer, begun, before.IsSlow, cancellationToken);
            if (after is { Status: ReplayJobs.Running })
            {
                unfinished[job.Id] = before with { Cursor = after.Cursor, Isolated = after.Isolated, Attempts = 0 };
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

    // For the next process. This one remembers it.
    private async Task TakeBackAttemptAsync(ReplayJob begun)
    {
        using var patience = new CancellationTokenSource(TakeBackTime);
        try
        {
            await jobs.TryWriteAsync(begun with { Attempts = begun.Attempts - 1 }, patience.Token);
        }
        catch (Exception exception) when (ConsumerAttempt.DoesNotCount(exception))
        {
            // Storage is down. If the process ends before it is back, one attempt too many counts.
        }
    }

    private async Task<ReplayJob?> HandlePageAsync(IEventConsumer consumer, ReplayJob job, bool isSlow, CancellationToken cancellationToken)
    {
        int limit = job.Isolated > 0 ? 1 : isSlow ? Parallelism : EventLog.PageSize;
        LogPage page = await log.ReadAsync(job.From, job.To, job.Cursor, limit, cancellationToken);
        FetchedEvents fetched = await log.FetchAsync(page.Entries.Where(entry => IsAsked(job, entry.Type)), cancellationToken);
        int failed = fetched.Unreadable.Count + (job.Isolated > 0 && job.Attempts > MaxIsolatedAttempts
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
                Isolated = Math.Max(0, job.Isolated - 1),
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

    // Its position and earlier attempts. Slow if the time ended before a page was finished.
    private sealed record Unfinished(string? Cursor, int Isolated, int Attempts, bool IsSlow);
}
