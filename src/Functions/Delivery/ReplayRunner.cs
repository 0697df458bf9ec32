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

    /// <summary>Works on a consumer's jobs until they are done or the time is up. A crash repeats at most a page.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="cancellationToken">When the time is up.</param>
    /// <returns>When it has stopped.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached: the job waits where it is.</exception>
    public async Task RunAsync(IEventConsumer consumer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        ReplayJob? job = await jobs.NextAsync(consumer.Name, cancellationToken);
        while (job is not null)
        {
            if (await PageAsync(consumer, job, cancellationToken) is not { } after)
            {
                return;
            }

            if (after.Status == ReplayJobs.Done)
            {
                LogDone(after.Id, consumer.Name, after.Reason, after.Matched, after.Failed);
                after = await jobs.NextAsync(consumer.Name, cancellationToken);
            }

            job = after;
        }
    }

    private async Task<ReplayJob?> PageAsync(IEventConsumer consumer, ReplayJob job, CancellationToken cancellationToken)
    {
        if (job.Cursor is null && (job.Reason == ReplayJobs.RedisLoss || job.Reason.StartsWith(ReplayJobs.JournalLoss, StringComparison.Ordinal)))
        {
            // What was lost may still have its publish mark, so that the relay does not publish it again, and may not be in the log
            // yet: until it is, it is among the relay's pointers.
            await foreach (IReadOnlyList<DomainEvent> pending in relay.PendingAsync(cancellationToken))
            {
                await HandleAsync(
                    consumer,
                    pending.Where(each => each.Timestamp >= job.From && each.Timestamp <= job.To && IsAsked(job, each.Type)),
                    cancellationToken);
            }
        }

        LogPage page = await log.ReadAsync(job.From, job.To, job.Cursor, EventLog.PageSize, cancellationToken);
        IReadOnlyList<DomainEvent> events = await log.FetchAsync(
            page.Entries.Where(entry => IsAsked(job, entry.Type)), cancellationToken);
        int failed = await HandleAsync(consumer, events, cancellationToken);
        metrics.Replayed(consumer.Name, events.Count - failed);
        return await jobs.TryWriteAsync(
            job with
            {
                Cursor = page.Cursor,
                Status = page.Cursor is null ? ReplayJobs.Done : ReplayJobs.Running,
                Matched = job.Matched + events.Count,
                Delivered = job.Delivered + events.Count - failed,
                Failed = job.Failed + failed,
            },
            cancellationToken);
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
