using System.Collections.Concurrent;
using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using EventLog = McpFunctions.Functions.Storage.EventLog;

namespace McpFunctions.Functions.Recovery;

/// <summary>Runs replay jobs: reads the log and hands each event to the consumer.</summary>
/// <param name="jobs">The jobs.</param>
/// <param name="log">The log of committed events.</param>
/// <param name="relay">Writes events that are not in the log yet.</param>
/// <param name="deadLetters">Stores events that keep failing.</param>
/// <param name="isolationGate">Lets isolated events take turns.</param>
/// <param name="attempts">Hands events to the consumer.</param>
/// <param name="statistics">Counts handled events.</param>
/// <param name="logger">Logs finished jobs.</param>
public sealed partial class ReplayRunner(
    ReplayJobs jobs,
    EventLog log,
    OutboxRelay relay,
    DeadLetters deadLetters,
    IsolationGate isolationGate,
    ConsumerAttempt attempts,
    ConsumerStatistics statistics,
    ILogger<ReplayRunner> logger)
{
    // The size of one transaction of the audit log.
    private const int Parallelism = Transaction.MaxOperations;

    // The attempts of an isolated event before it becomes a dead letter. It was among others in earlier attempts.
    private const int MaxIsolatedAttempts = JournalPump.MaxAttempts - ConsumerRecovery.IsolateAfterAttempts;

    // The attempts that this process began and did not finish, by job and type. The process is alive, so they do not count.
    private readonly ConcurrentDictionary<(string Job, string Type), Unfinished> unfinished = new();

    /// <summary>The longest wait until an attempt is taken back. A test on a slow machine needs a longer one.</summary>
    internal TimeSpan TakeBackTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Works on some types of a consumer's jobs until they are done or the time is up. A crash repeats at most a page. Other types of the
    /// same jobs wait for the apps that have their functions.
    /// </summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="enabledTypes">The types whose functions this app has enabled.</param>
    /// <param name="slice">The time after which it stops at the next page.</param>
    /// <param name="cancellationToken">Cancels the operation where it stands.</param>
    /// <returns>True if there is more to do for these types.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached. The job waits at its position.</exception>
    public async Task<bool> RunAsync(IEventConsumer consumer, IReadOnlyCollection<string> enabledTypes, TimeSpan slice, CancellationToken cancellationToken)
    {
        var elapsed = Stopwatch.StartNew();
        await using LogReader reader = log.OpenReader();
        OpenReplay? replay = await jobs.NextAsync(consumer.Name, enabledTypes, cancellationToken);
        while (replay is not null)
        {
            // Check before counting an attempt that would fail anyway.
            await consumer.ProbeAsync(cancellationToken);
            if (await PageAsync(consumer, replay, reader, cancellationToken) is not { } after)
            {
                return false;
            }

            if (after.Types.Count == 0)
            {
                if (await jobs.FindAsync(consumer.Name, after.Job.Id, cancellationToken) is { Status: ReplayJobs.Done } done)
                {
                    LogDone(done.Id, consumer.Name, done.Reason, done.Matched, done.Failed);
                }

                after = await jobs.NextAsync(consumer.Name, enabledTypes, cancellationToken);
            }

            replay = after;
            if (elapsed.Elapsed >= slice)
            {
                break;
            }
        }

        return replay is not null;
    }

    // The types that are behind the others take the next page, and all that stand at the same place take it together.
    private async Task<OpenReplay?> PageAsync(IEventConsumer consumer, OpenReplay replay, LogReader reader, CancellationToken cancellationToken)
    {
        // Null, the beginning, comes first. Cursors sort as the log does.
        ReplayProgress[] walk = [.. replay.Types
            .GroupBy(type => BeforeNext(type) with { IsSlow = false })
            .OrderBy(group => group.Key.Cursor, StringComparer.Ordinal)
            .First()];
        Unfinished before = BeforeNext(walk[0]) with { IsSlow = walk.Any(type => BeforeNext(type).IsSlow) };
        Remember(walk, before);
        if (before.Cursor is null)
        {
            // The latest events may not be in the log yet. If Redis lost one of them but kept its published marker, the relay does not publish it again.
            await relay.LogCommittedAsync(cancellationToken);
        }

        // One of its events may kill the process. Handle them one by one until that event is a dead letter.
        bool isSuspect = before.Isolated == 0 && before.Attempts >= ConsumerRecovery.IsolateAfterAttempts;
        int attempts = isSuspect ? 1 : before.Attempts + 1;
        int isolated = isSuspect ? EventLog.PageSize : before.Isolated;
        using IDisposable? turn = isolated > 0 ? await isolationGate.TryEnterAsync(cancellationToken) : null;
        // Count first, so that an event that kills the process uses up its attempts.
        if ((isolated > 0 && turn is null)
            || await jobs.TryWriteAsync([.. walk.Select(type => type with { Attempts = attempts, Isolated = isolated })], cancellationToken) is not { } begun)
        {
            return null;
        }

        before = before with { Isolated = isolated, Attempts = attempts - 1 };
        Remember(walk, before);
        try
        {
            int limit = isolated > 0 ? 1 : before.IsSlow ? Parallelism : EventLog.PageSize;
            IReadOnlyList<ReplayProgress>? after = await HandlePageAsync(consumer, replay.Job, begun, reader, limit, cancellationToken);
            foreach (ReplayProgress type in walk)
            {
                unfinished.TryRemove((type.JobId, type.Type), out _);
            }

            if (after is null)
            {
                return null;
            }

            ReplayProgress[] open = [.. after.Where(type => type.Status == ReplayJobs.Running)];
            if (open is [var first, ..])
            {
                Remember(open, before with { Cursor = first.Cursor, Isolated = first.Isolated, Attempts = 0 });
            }

            return replay with { Types = [.. replay.Types.Except(walk), .. open] };
        }
        catch (Exception exception) when (ConsumerAttempt.DoesNotCount(exception))
        {
            Remember(walk, before with { IsSlow = before.IsSlow || exception is OperationCanceledException });
            await TakeBackAttemptAsync(begun);
            throw;
        }
    }

    private Unfinished BeforeNext(ReplayProgress type) =>
        unfinished.TryGetValue((type.JobId, type.Type), out Unfinished? known) && known.Cursor == type.Cursor && known.Isolated == type.Isolated
            ? known
            : new Unfinished(type.Cursor, type.Isolated, type.Attempts, IsSlow: false);

    private void Remember(IEnumerable<ReplayProgress> types, Unfinished state)
    {
        foreach (ReplayProgress type in types)
        {
            unfinished[(type.JobId, type.Type)] = state;
        }
    }

    // For the next process. This one remembers it.
    private async Task TakeBackAttemptAsync(IReadOnlyList<ReplayProgress> begun)
    {
        using var timeout = new CancellationTokenSource(TakeBackTime);
        try
        {
            await jobs.TryWriteAsync([.. begun.Select(type => type with { Attempts = type.Attempts - 1 })], timeout.Token);
        }
        catch (Exception exception) when (ConsumerAttempt.DoesNotCount(exception))
        {
            // Storage is down. If the process ends before it is back, one attempt too many counts.
        }
    }

    // Hands the next page to the consumer: of the lines after the types' common cursor, those of the types.
    private async Task<IReadOnlyList<ReplayProgress>?> HandlePageAsync(
        IEventConsumer consumer, ReplayJob job, IReadOnlyList<ReplayProgress> types, LogReader reader, int limit, CancellationToken cancellationToken)
    {
        ReplayProgress first = types[0];
        LogPage page = await reader.ReadAsync(job.From, job.To, first.Cursor, limit, cancellationToken);
        LogEntry[] asked = [.. page.Entries.Where(entry => types.Any(type => type.Type == entry.Type))];
        Dictionary<string, string> typeByKey = asked.DistinctBy(entry => entry.EventId).ToDictionary(entry => GatewayRow.EventKey(entry.EventId), entry => entry.Type);
        FetchedEvents fetched = await log.FetchAsync(asked, cancellationToken);
        using Activity? span = EventSpans.StartReplay(consumer.Name, fetched.Events);
        IReadOnlyCollection<DomainEvent> failedEvents = first.Isolated > 0 && first.Attempts > MaxIsolatedAttempts
            ? await GiveUpAsync(consumer, fetched.Events, cancellationToken)
            : await HandleAsync(consumer, fetched.Events, cancellationToken);
        foreach (UnreadableEvent unreadable in fetched.Unreadable)
        {
            await deadLetters.AddAsync(consumer.Name, unreadable, cancellationToken);
        }

        Dictionary<string, int> matched = CountByType(fetched.Events);
        Dictionary<string, int> failed = CountByType(failedEvents);
        foreach ((string type, int count) in matched)
        {
            statistics.CountReplayed(consumer.Name, type, count - failed.GetValueOrDefault(type));
        }

        return await jobs.TryWriteAsync(
            [.. types.Select(type => type with
            {
                Cursor = page.Cursor,
                Status = page.Cursor is null ? ReplayJobs.Done : ReplayJobs.Running,
                Matched = type.Matched + matched.GetValueOrDefault(type.Type),
                Delivered = type.Delivered + matched.GetValueOrDefault(type.Type) - failed.GetValueOrDefault(type.Type),
                Failed = type.Failed + failed.GetValueOrDefault(type.Type),
                Attempts = 0,
                Isolated = Math.Max(0, type.Isolated - 1),
            })],
            cancellationToken);

        Dictionary<string, int> CountByType(IEnumerable<DomainEvent> events) => events
            .Select(domainEvent => GatewayRow.EventKey(domainEvent.Id))
            .Concat(fetched.Unreadable.Select(unreadable => unreadable.Key))
            .CountBy(key => typeByKey[key])
            .ToDictionary();
    }

    private async Task<IReadOnlyCollection<DomainEvent>> GiveUpAsync(IEventConsumer consumer, IReadOnlyList<DomainEvent> events, CancellationToken cancellationToken)
    {
        foreach (DomainEvent domainEvent in events)
        {
            await deadLetters.AddAsync(consumer.Name, domainEvent, JournalPump.EndedTheProcess, JournalPump.MaxAttempts, Effect.Replay, cancellationToken);
        }

        return events;
    }

    // Returns the events that became dead letters.
    private async Task<IReadOnlyCollection<DomainEvent>> HandleAsync(IEventConsumer consumer, IReadOnlyList<DomainEvent> events, CancellationToken cancellationToken)
    {
        ConcurrentBag<DomainEvent> failed = [];
        ConcurrentBag<DomainEvent> late = [];
        // Events that follow each other lie close together in the audit log, so one short query finds the rows that are there already.
        await Parallel.ForEachAsync(events.OrderBy(each => each.Timestamp), new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken }, async (domainEvent, token) =>
        {
            using IDisposable? scope = logger.BeginScope(LogScope.Of(domainEvent));
            (Exception? failure, bool hadEffect) = await attempts.TryAsync(consumer, domainEvent, token);
            ConsumerAttempt.ThrowIfItDoesNotCount(failure);
            if (failure is not null)
            {
                await deadLetters.AddAsync(consumer.Name, domainEvent, failure, 1, Effect.Replay, token);
                failed.Add(domainEvent);
            }
            else if (hadEffect)
            {
                late.Add(domainEvent);
            }
        });
        await statistics.ReportReplayedAsync(consumer.Name, late);
        return failed;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Replay {Job} for consumer {Consumer} ({Reason}) is done: {Matched} events, of which {Failed} became dead letters.")]
    private partial void LogDone(string job, string consumer, string reason, long matched, long failed);

    // A position and earlier attempts. Slow if the time ended before a page was finished.
    private sealed record Unfinished(string? Cursor, int Isolated, int Attempts, bool IsSlow);
}
