using System.Collections.Concurrent;
using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// Handles the entries of the journal for one pair, in batches. A function rings it for each message of the channel, recovery rings it for entries
/// that no message announced, and gives it the entries that it has claimed.
/// </summary>
public sealed partial class JournalPump
{
    /// <summary>The failed attempts after which an event becomes a dead letter.</summary>
    public const int MaxAttempts = 8;

    /// <summary>The error of a dead letter whose handler started again and again and never finished.</summary>
    public const string EndedTheProcess = "The process ended during every attempt.";

    /// <summary>The most entries of one read.</summary>
    public const int BatchSize = 256;

    // Entries in work at a time. A handler that hangs keeps its place until its deadline, and the others go on.
    private const int Window = 2 * BatchSize;

    // How long a ring waits for its own event or for room, and the pause between two questions to a store that is out.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    // How long finished entries of a batch wait for slower ones before they are acknowledged.
    private static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(200);

    private readonly IEventConsumer consumer;
    private readonly EntrySettlement settlement;
    private readonly ConsumerAttempt attempts;
    private readonly PumpLifetime lifetime;
    private readonly DeliveryMetrics metrics;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly StoreAvailability store;
    private readonly ConcurrentDictionary<RedisValue, EntryInWork> inWork = new();
    private readonly ConcurrentDictionary<string, EntryInWork> byEvent = new();
    private TaskCompletionSource room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int held;

    /// <summary>Makes the pump of a pair.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="journal">The journal of the pair.</param>
    /// <param name="settlement">Settles the entries whose attempt has ended.</param>
    /// <param name="attempts">Hands events to the consumer.</param>
    /// <param name="lifetime">Says when to stop.</param>
    /// <param name="metrics">Measures the way of events to their effects.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs failures.</param>
    internal JournalPump(
        IEventConsumer consumer,
        PairJournal journal,
        EntrySettlement settlement,
        ConsumerAttempt attempts,
        PumpLifetime lifetime,
        DeliveryMetrics metrics,
        TimeProvider time,
        ILogger logger)
    {
        (this.consumer, Journal, this.settlement, this.attempts) = (consumer, journal, settlement, attempts);
        (this.lifetime, this.metrics, this.time, this.logger) = (lifetime, metrics, time, logger);
        store = new StoreAvailability(consumer, MaxWait, time);
    }

    /// <summary>The journal of the pair.</summary>
    public PairJournal Journal { get; }

    /// <summary>Whether this process has an entry in work.</summary>
    /// <param name="id">The entry.</param>
    /// <returns>False also if it was handled and its acknowledgement was lost.</returns>
    public bool Holds(RedisValue id) => inWork.ContainsKey(id);

    /// <summary>
    /// Takes an event of the channel into the journal, reads new entries, starts to handle them, and waits up to a second for the event's own
    /// outcome: a handler that hangs must not stop the rings behind it.
    /// </summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="mayAdd">Whether to add the event if it has no marker.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<MarkerState> RingAsync(DomainEvent domainEvent, bool mayAdd, CancellationToken cancellationToken)
    {
        Task<int> room = MayReadAsync(cancellationToken);
        if (!room.IsCompleted && await PutAsync(domainEvent, mayAdd, cancellationToken) is { } marker and not (MarkerState.Added or MarkerState.Same))
        {
            return marker;
        }

        int count = await room;
        (Reception received, List<EntryInWork> started, ActivityContext batch) = await ReceiveAsync(
            () => Journal.ReceiveAsync(domainEvent, mayAdd, count, cancellationToken), ConsumerStatistics.Delivered);
        _ = SettleAllAsync(started, ConsumerStatistics.Delivered, batch);
        CountPublished(received);

        // Another ring may have read the entry a moment ago.
        if ((started.Find(each => each.Event?.Id == domainEvent.Id) ?? byEvent.GetValueOrDefault(domainEvent.Id)) is { } own)
        {
            await Task.WhenAny(own.Reported, Task.Delay(MaxWait, time, cancellationToken));
            if (own.Reported is { IsCompletedSuccessfully: true, Result: { } failure })
            {
                throw new EventFailedException(consumer.Name, domainEvent, failure);
            }
        }

        return received.Marker;
    }

    /// <summary>Reads and handles new entries until there are none, or the time is up: entries that come faster than they are handled hold up no other duty.</summary>
    /// <param name="slice">The time after which it reads no more.</param>
    /// <param name="cancellationToken">Cancels the operation. Entries in work go on.</param>
    /// <returns>A task that ends when they are handled, or after a second: slow handlers hold up no other pair.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task DrainAsync(TimeSpan slice, CancellationToken cancellationToken)
    {
        List<Task> batches = [];
        long begun = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested && time.GetElapsedTime(begun) < slice)
        {
            int count = await MayReadAsync(cancellationToken);
            if (count == 0)
            {
                break;
            }

            (Reception received, List<EntryInWork> started, ActivityContext batch) = await ReceiveAsync(
                () => Journal.ReadAsync(count, cancellationToken), ConsumerStatistics.Recovered);
            if (received.Entries.Count == 0)
            {
                break;
            }

            batches.Add(SettleAllAsync(started, ConsumerStatistics.Recovered, batch));
        }

        await WaitAsync(Task.WhenAll(batches), cancellationToken);
    }

    /// <summary>Handles entries that recovery has claimed.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="isIsolated">Whether to wait until they are handled, however long it takes.</param>
    /// <param name="cancellationToken">Cancels the wait. Entries in work go on.</param>
    /// <returns>A task that ends when they are handled, or after a second unless they are isolated.</returns>
    public Task HandleAsync(IReadOnlyList<PendingEntry> entries, bool isIsolated, CancellationToken cancellationToken)
    {
        Task handled = SettleAllAsync(
            StartBatch(null, entries, ConsumerStatistics.Recovered), ConsumerStatistics.Recovered, Activity.Current?.Context ?? default);
        return isIsolated ? handled.WaitAsync(cancellationToken) : WaitAsync(handled, cancellationToken);
    }

    /// <inheritdoc cref="EntrySettlement.SettleAgainAsync"/>
    internal Task SettleAgainAsync() => settlement.SettleAgainAsync();

    /// <summary>Whether it may handle more entries: no shutdown, and handlers have not filled the window.</summary>
    internal bool HasRoom => !lifetime.IsDraining && Volatile.Read(ref held) < Window;

    /// <summary>Waits until no entry is in work.</summary>
    /// <returns>A task that ends then.</returns>
    internal Task IdleAsync() => Task.WhenAll(inWork.Values.Select(each => each.Settled));

    /// <summary>Notes that the consumer's store answers again.</summary>
    internal void StoreAnswers() => store.NoteAnswer();

    private async Task WaitAsync(Task handled, CancellationToken cancellationToken)
    {
        await Task.WhenAny(handled, Task.Delay(MaxWait, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    // Until a foreign event is in the journal, its message is all there is of it. So it must not wait for a store or for handlers.
    private async Task<MarkerState> PutAsync(DomainEvent domainEvent, bool mayAdd, CancellationToken cancellationToken)
    {
        Reception received = await Journal.ReceiveAsync(domainEvent, mayAdd, 0, cancellationToken);
        CountPublished(received);
        return received.Marker;
    }

    private void CountPublished(Reception received)
    {
        if (received.Marker == MarkerState.Added)
        {
            metrics.Published(1);
        }
    }

    // The entries that may be read now. Zero while the consumer's store is out, during shutdown, and if handlers have filled the window.
    private async Task<int> MayReadAsync(CancellationToken cancellationToken)
    {
        if (lifetime.IsDraining || !await store.CheckAsync(cancellationToken))
        {
            return 0;
        }

        long started = time.GetTimestamp();
        while (Volatile.Read(ref held) >= Window && time.GetElapsedTime(started) is var waited && waited < MaxWait)
        {
            Task changed = Volatile.Read(ref room).Task;
            if (Volatile.Read(ref held) >= Window)
            {
                await Task.WhenAny(changed, Task.Delay(MaxWait - waited, time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return Math.Clamp(Window - Volatile.Read(ref held), 0, BatchSize);
    }

    private async Task<(Reception Received, List<EntryInWork> Started, ActivityContext Batch)> ReceiveAsync(Func<Task<Reception>> read, string field)
    {
        using Activity? span = EventSpans.StartReceive(consumer.Name, Journal.Type);
        try
        {
            Reception received = await read();
            Report(received.Problem);
            return (received, StartBatch(span, received.Entries, field), span?.Context ?? default);
        }
        catch (Exception exception) when (span is not null)
        {
            span.Fail(exception.GetType().FullName!);
            throw;
        }
    }

    private List<EntryInWork> StartBatch(Activity? span, IReadOnlyList<PendingEntry> entries, string field)
    {
        List<EntryInWork> started = Start(entries, field);
        EventSpans.AddBatch(span, started.Select(each => each.Event).OfType<DomainEvent>());
        return started;
    }

    private List<EntryInWork> Start(IReadOnlyList<PendingEntry> entries, string field)
    {
        List<EntryInWork> started = new(entries.Count);
        foreach (PendingEntry entry in entries)
        {
            var each = new EntryInWork(entry);
            // Without a place: this process has it in work already.
            if (inWork.TryAdd(entry.Id, each))
            {
                Interlocked.Increment(ref held);
                started.Add(each);
            }
        }

        foreach (EntryInWork each in started)
        {
            each.Handling = HandleAsync(each, field);
        }

        return started;
    }

    private async Task SettleAllAsync(List<EntryInWork> started, string field, ActivityContext batch)
    {
        started = [.. started];
        // Settle what is finished, so that a slow handler holds up no acknowledgement.
        while (started.Count > 0)
        {
            await Task.WhenAny(Task.WhenAll(started.Select(each => each.Handling)), Task.Delay(SettleInterval, time));
            EntryInWork[] finished = [.. started.Where(each => each.Handling.IsCompleted)];
            started.RemoveAll(finished.Contains);
            try
            {
                await SettleAsync(finished, field, batch);
            }
            catch (Exception exception)
            {
                // A bug here must not keep the slower entries of the batch in work for ever.
                LogCannotSettle(exception, consumer.Name, Journal.Type);
            }
        }
    }

    private async Task<(Exception? Failure, bool HadEffect)> HandleAsync(EntryInWork each, string field)
    {
        try
        {
            return await TryAsync(each, field);
        }
        catch (Exception exception)
        {
            // A bug here fails its own entry. It must not keep the others of the batch from being settled.
            return (exception, false);
        }
    }

    private async Task<(Exception? Failure, bool HadEffect)> TryAsync(EntryInWork each, string field)
    {
        if (EventParser.TryRead(each.Entry.Body, out DomainEvent domainEvent, out string problem) && domainEvent.Type != Journal.Type)
        {
            problem = "its type is not the journal's";
        }

        if (problem.Length > 0)
        {
            return (new UnreadableEntryException(problem), false);
        }

        each.Event = domainEvent;
        byEvent[domainEvent.Id] = each;
        if (each.Entry.Attempts > MaxAttempts)
        {
            return (new InvalidOperationException(EndedTheProcess), false);
        }

        using IDisposable? scope = logger.BeginScope(LogScope.Of(domainEvent));

        (Exception? Failure, bool HadEffect) outcome = await attempts.TryAsync(consumer, domainEvent, lifetime.Stopping);
        each.EndedAt = time.GetUtcNow();
        if (outcome.Failure is null)
        {
            each.Succeed();
        }

        if (outcome.HadEffect)
        {
            metrics.HadEffect(consumer.Name, domainEvent, field);
        }

        return outcome;
    }

    private async Task SettleAsync(EntryInWork[] finished, string field, ActivityContext batch)
    {
        if (finished.Length == 0)
        {
            return;
        }

        if (Array.Exists(finished, each => each.Failure is DependencyUnavailableException))
        {
            store.NoteFailure();
        }

        IReadOnlyList<Effect> effects;
        try
        {
            effects = await settlement.SettleAsync(finished, field, batch);
        }
        finally
        {
            // Also after a bug: an entry that looks as if it were in work is never claimed again.
            foreach (EntryInWork each in finished)
            {
                inWork.TryRemove(each.Entry.Id, out _);
                if (each.Event is { } handled)
                {
                    byEvent.TryRemove(new KeyValuePair<string, EntryInWork>(handled.Id, each));
                }

                each.Settle();
            }

            Interlocked.Add(ref held, -finished.Length);
            Interlocked.Exchange(ref room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }

        await settlement.ReportAsync(finished, effects, field);
    }

    private void Report(string problem)
    {
        // Recovery creates a missing group within seconds, after it has checked what Redis lost.
        if (problem.Length > 0 && !problem.StartsWith("NOGROUP", StringComparison.Ordinal))
        {
            LogCannotRead(consumer.Name, Journal.Type, problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Consumer {Consumer} cannot read the journal of {Type}: {Problem}")]
    private partial void LogCannotRead(string consumer, string type, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "Consumer {Consumer} cannot settle entries of the journal of {Type}. Recovery claims them.")]
    private partial void LogCannotSettle(Exception exception, string consumer, string type);
}
