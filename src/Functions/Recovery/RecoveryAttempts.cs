using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>Handles events of the journal for one consumer, counts the attempts, and moves events that keep failing to the dead letters.</summary>
/// <param name="consumer">The consumer.</param>
/// <param name="redis">The connection.</param>
/// <param name="marks">Marks the handled events.</param>
/// <param name="deadLetters">Stores events that keep failing.</param>
/// <param name="isolationGate">Lets isolated events take turns.</param>
/// <param name="statistics">Counts recovered events.</param>
/// <param name="options">The deadline of a handler.</param>
/// <param name="logger">Logs failures.</param>
public sealed partial class RecoveryAttempts(
    IEventConsumer consumer,
    RedisConnection redis,
    DoneMarks marks,
    DeadLetters deadLetters,
    IsolationGate isolationGate,
    ConsumerStatistics statistics,
    IOptions<DeliveryOptions> options,
    ILogger<RecoveryAttempts> logger)
{
    private const int BatchSize = 100;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(10);

    private readonly JournalGroup journal = new(redis, consumer.Name);

    private readonly FirstTimeouts firstTimeouts = new();

    // Entries whose attempt must be refunded, because Redis failed before. Lost on a crash, so a crash counts as an attempt.
    private readonly HashSet<RedisValue> owed = [];

    /// <summary>Handles events, isolated ones by themselves.</summary>
    /// <param name="due">The events.</param>
    /// <param name="done">Receives the entries that are acknowledged.</param>
    /// <param name="parts">Records the failures of single entries.</param>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <returns>A task that ends when they are handled.</returns>
    /// <exception cref="DependencyUnavailableException">Redis, storage or the consumer's store cannot be reached.</exception>
    internal async Task HandleAsync(List<HeldEvent> due, HashSet<RedisValue> done, TickParts parts, CancellationToken cancellationToken)
    {
        if (due.Count == 0)
        {
            return;
        }

        HeldEvent[] back = [.. due.Where(each => owed.Contains(each.Entry.Id))];
        await CountAttemptsAsync(back, -1, cancellationToken);
        owed.Clear();
        RedisValue[] counted = await redis.RunAsync(
            database => database.HashGetAsync(journal.Attempts, [.. due.Select(each => each.Entry.Id)]), cancellationToken);
        ILookup<bool, HeldEvent> isIsolated = due.Select((each, index) => each with { Attempts = Math.Max(0, (int)counted[index]) }).ToLookup(each => each.Attempts >= ConsumerRecovery.IsolateAfterAttempts);
        foreach (HeldEvent[] batch in isIsolated[false].Chunk(BatchSize))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await HandleBatchAsync(batch, done, parts, cancellationToken);
        }

        foreach (HeldEvent isolated in isIsolated[true])
        {
            using IDisposable? turn = await isolationGate.TryEnterAsync(cancellationToken);
            if (turn is null)
            {
                return;
            }

            await HandleBatchAsync([isolated], done, parts, cancellationToken);
        }
    }

    private async Task HandleBatchAsync(HeldEvent[] batch, HashSet<RedisValue> done, TickParts parts, CancellationToken cancellationToken)
    {
        // Count the attempt before handling, so that a handler that kills the process uses up its attempts.
        owed.UnionWith(batch.Select(each => each.Entry.Id));
        await CountAttemptsAsync(batch, 1, cancellationToken);
        (Exception? Failure, bool HadEffect)[] results = await Task.WhenAll(batch.Select(each => TryAsync(each, cancellationToken)));
        Exception?[] failures = [.. results.Select(result => result.Failure)];
        owed.ExceptWith(batch.Where((_, index) => failures[index] is { } failure && !ConsumerAttempt.DoesNotCount(failure)).Select(each => each.Entry.Id));
        HeldEvent[] handled = [.. batch.Where((_, index) => failures[index] is null)];
        if (consumer.IsMarkedDone && handled.Length > 0)
        {
            await marks.AddAsync(consumer.Name, handled.Select(each => each.Event), cancellationToken);
        }

        await FinishAsync([.. handled.Select(each => each.Entry.Id)], done, cancellationToken);
        owed.ExceptWith(handled.Select(each => each.Entry.Id));
        // The fast path has handled nearly all entries of the journal.
        HeldEvent[] recovered = [.. batch.Where((_, index) => results[index] is { Failure: null, HadEffect: true })];
        if (recovered.Length > 0)
        {
            await statistics.CountAsync(consumer.Name, ConsumerStatistics.Recovered, recovered.Length, recovered[^1].Event, cancellationToken);
        }

        HeldEvent[] refunded = [.. batch.Where((_, index) => ConsumerAttempt.DoesNotCount(failures[index]))];
        // Also when the time is up: Redis calls have their own timeout.
        await CountAttemptsAsync(refunded, -1, CancellationToken.None);
        owed.ExceptWith(refunded.Select(each => each.Entry.Id));
        for (int index = 0; index < batch.Length; index++)
        {
            if (failures[index] is { } failure && !ConsumerAttempt.DoesNotCount(failure))
            {
                HeldEvent failed = batch[index] with { Attempts = batch[index].Attempts + 1 };
                try
                {
                    await FailAsync(failed, failure, done, cancellationToken);
                }
                catch (Exception exception) when (exception is not DependencyUnavailableException && !cancellationToken.IsCancellationRequested)
                {
                    parts.Add(exception);
                }
            }
        }

        if (failures.OfType<DependencyUnavailableException>().FirstOrDefault() is { } outage)
        {
            throw outage;
        }
    }

    private async Task<(Exception? Failure, bool HadEffect)> TryAsync(HeldEvent each, CancellationToken cancellationToken)
    {
        if (each.Attempts >= ConsumerRecovery.MaxAttempts)
        {
            return (new InvalidOperationException(ConsumerRecovery.EndedTheProcess), false);
        }

        (Exception? failure, bool hadEffect) = await ConsumerAttempt.TryAsync(consumer, each.Event, options.Value.HandlerDeadline, cancellationToken);
        return (firstTimeouts.Judge(each.Event, failure), hadEffect);
    }

    // Acknowledge only after the dead letter is stored, so that no event is lost in between.
    private async Task FailAsync(HeldEvent each, Exception failure, HashSet<RedisValue> done, CancellationToken cancellationToken)
    {
        LogFailed(failure, consumer.Name, each.Event.Type, each.Event.Id, each.Attempts);
        // A retry does not help an event with another event's id.
        if (each.Attempts >= ConsumerRecovery.MaxAttempts || failure is EventIdConflictException)
        {
            await deadLetters.AddAsync(consumer.Name, each.Event, failure, each.Attempts, cancellationToken);
            await FinishAsync([each.Entry.Id], done, cancellationToken);
            return;
        }

        TimeSpan delay = TimeSpan.FromTicks(Math.Min(FirstDelay.Ticks << (each.Attempts - 1), MaxDelay.Ticks));
        double next = (await redis.TimeAsync(cancellationToken) + delay).ToUnixTimeMilliseconds();
        await redis.RunAsync(database => database.SortedSetAddAsync(journal.Retries, each.Entry.Id, next), cancellationToken);
    }

    private async Task FinishAsync(RedisValue[] ids, HashSet<RedisValue> done, CancellationToken cancellationToken)
    {
        await journal.AcknowledgeAsync(ids, cancellationToken);
        done.UnionWith(ids);
    }

    private Task CountAttemptsAsync(HeldEvent[] batch, int by, CancellationToken cancellationToken) => batch.Length == 0 ? Task.CompletedTask : redis.RunAsync(
        database => Task.WhenAll(batch.Select(each => database.HashIncrementAsync(journal.Attempts, each.Entry.Id, by))), cancellationToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} failed on {Type} {EventId}, attempt {Attempt}.")]
    private partial void LogFailed(Exception exception, string consumer, string type, string eventId, int attempt);
}
