using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Redis;
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

    // How long a ring waits for its own event or for room, and the pause between probes of a store that is out.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    // How long finished entries of a batch wait for slower ones before they are acknowledged.
    private static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(200);

    private readonly IEventConsumer consumer;
    private readonly string type;
    private readonly PumpServices services;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<RedisValue, InFlight> inFlight = new();
    private readonly ConcurrentDictionary<string, InFlight> byEvent = new();

    // Entries that are handled, whose acknowledgement Redis did not confirm. This process knows their outcome.
    private readonly ConcurrentDictionary<RedisValue, Outcome> unsettled = new();
    private TaskCompletionSource room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int held;
    private bool isProbing;
    private long storeOutSince;

    /// <summary>Makes the pump of a pair.</summary>
    /// <param name="services">What pumps share.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    internal JournalPump(PumpServices services, IEventConsumer consumer, string type)
    {
        (this.services, this.consumer, this.type) = (services, consumer, type);
        logger = services.Logger;
        Journal = new PairJournal(services.Redis, services.Instance, consumer.Name, type);
    }

    /// <summary>The journal of the pair.</summary>
    public PairJournal Journal { get; }

    /// <summary>Whether this process has an entry in work.</summary>
    /// <param name="id">The entry.</param>
    /// <returns>False also if it was handled and its acknowledgement was lost.</returns>
    public bool Holds(RedisValue id) => inFlight.ContainsKey(id);

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
        int count = await MayReadAsync(cancellationToken);
        (Reception received, List<InFlight> started, ActivityContext batch) = await ReceiveAsync(
            () => Journal.ReceiveAsync(domainEvent, mayAdd, count, cancellationToken), ConsumerStatistics.Delivered);
        _ = SettleAllAsync(started, ConsumerStatistics.Delivered, batch);
        if (received.Marker == MarkerState.Added)
        {
            services.Metrics.Published(1);
        }

        // Another ring may have read the entry a moment ago.
        if ((started.Find(each => each.Event?.Id == domainEvent.Id) ?? byEvent.GetValueOrDefault(domainEvent.Id)) is { } own)
        {
            await Task.WhenAny(own.Reported, Task.Delay(MaxWait, services.Time, cancellationToken));
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
        long begun = services.Time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested && services.Time.GetElapsedTime(begun) < slice)
        {
            int count = await MayReadAsync(cancellationToken);
            if (count == 0)
            {
                break;
            }

            (Reception received, List<InFlight> started, ActivityContext batch) = await ReceiveAsync(
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

    /// <summary>Acknowledges or hands back the entries for which Redis did not confirm it. So an outage of Redis uses up no attempt.</summary>
    internal async Task SettleAgainAsync()
    {
        Outcome[] again = [.. unsettled.Values];
        if (again.Length > 0 && await TrySettleAsync(again))
        {
            foreach (Outcome outcome in again)
            {
                unsettled.TryRemove(new KeyValuePair<RedisValue, Outcome>(outcome.Entry.Id, outcome));
            }
        }
    }

    /// <summary>Waits until no entry is in work.</summary>
    /// <returns>A task that ends then.</returns>
    internal Task IdleAsync() => Task.WhenAll(inFlight.Values.Select(each => each.Settled));

    /// <summary>Notes that the consumer's store answers again.</summary>
    internal void StoreAnswers() => Volatile.Write(ref storeOutSince, 0);

    private async Task WaitAsync(Task handled, CancellationToken cancellationToken)
    {
        await Task.WhenAny(handled, Task.Delay(MaxWait, services.Time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    // The entries that may be read now. Zero while the consumer's store is out, during shutdown, and if handlers have filled the window.
    private async Task<int> MayReadAsync(CancellationToken cancellationToken)
    {
        if (services.IsDraining || !await IsStoreAvailableAsync(cancellationToken))
        {
            return 0;
        }

        long started = services.Time.GetTimestamp();
        while (Volatile.Read(ref held) >= Window && services.Time.GetElapsedTime(started) is var waited && waited < MaxWait)
        {
            Task changed = Volatile.Read(ref room).Task;
            if (Volatile.Read(ref held) >= Window)
            {
                await Task.WhenAny(changed, Task.Delay(MaxWait - waited, services.Time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return Math.Clamp(Window - Volatile.Read(ref held), 0, BatchSize);
    }

    // One ring at a time asks a store that was out. The others take their event into the journal and read nothing.
    private async Task<bool> IsStoreAvailableAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref storeOutSince) == 0)
        {
            return true;
        }

        if (services.Time.GetElapsedTime(Volatile.Read(ref storeOutSince)) < MaxWait || Interlocked.Exchange(ref isProbing, true))
        {
            return false;
        }

        try
        {
            await consumer.ProbeAsync(cancellationToken);
            StoreAnswers();
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref storeOutSince, services.Time.GetTimestamp());
            return false;
        }
        finally
        {
            Volatile.Write(ref isProbing, false);
        }
    }

    private async Task<(Reception Received, List<InFlight> Started, ActivityContext Batch)> ReceiveAsync(Func<Task<Reception>> read, string field)
    {
        using Activity? span = EventSpans.StartReceive(consumer.Name, type);
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

    private List<InFlight> StartBatch(Activity? span, IReadOnlyList<PendingEntry> entries, string field)
    {
        List<InFlight> started = Start(entries, field);
        EventSpans.AddBatch(span, started.Select(each => each.Event).OfType<DomainEvent>());
        return started;
    }

    private List<InFlight> Start(IReadOnlyList<PendingEntry> entries, string field)
    {
        List<InFlight> started = new(entries.Count);
        foreach (PendingEntry entry in entries)
        {
            var each = new InFlight(entry);
            // Without a place: this process has it in work already.
            if (inFlight.TryAdd(entry.Id, each))
            {
                Interlocked.Increment(ref held);
                started.Add(each);
            }
        }

        foreach (InFlight each in started)
        {
            each.Handling = HandleAsync(each, field);
        }

        return started;
    }

    private async Task SettleAllAsync(List<InFlight> started, string field, ActivityContext batch)
    {
        started = [.. started];
        // Settle what is finished, so that a slow handler holds up no acknowledgement.
        while (started.Count > 0)
        {
            await Task.WhenAny(Task.WhenAll(started.Select(each => each.Handling)), Task.Delay(SettleInterval, services.Time));
            InFlight[] finished = [.. started.Where(each => each.Handling.IsCompleted)];
            started.RemoveAll(finished.Contains);
            await SettleAsync(finished, field, batch);
        }
    }

    private async Task<(Exception? Failure, bool HadEffect)> HandleAsync(InFlight each, string field)
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

    private async Task<(Exception? Failure, bool HadEffect)> TryAsync(InFlight each, string field)
    {
        if (EventParser.TryRead(each.Entry.Body, out DomainEvent domainEvent, out string problem) && domainEvent.Type != type)
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

        (Exception? Failure, bool HadEffect) outcome = await services.Attempts.TryAsync(consumer, domainEvent, services.Stopping);
        each.EndedAt = services.Time.GetUtcNow();
        if (outcome.Failure is null)
        {
            each.Succeed();
        }

        if (outcome.HadEffect)
        {
            services.Metrics.HadEffect(consumer.Name, domainEvent, field);
        }

        return outcome;
    }

    private async Task SettleAsync(InFlight[] finished, string field, ActivityContext batch)
    {
        if (finished.Length == 0)
        {
            return;
        }

        List<Effect> effects = new(finished.Length);
        try
        {
            List<Outcome> outcomes = [];
            foreach (InFlight each in finished)
            {
                (Exception? failure, _) = await each.Handling;
                if (failure is DependencyUnavailableException)
                {
                    Volatile.Write(ref storeOutSince, services.Time.GetTimestamp());
                }

                bool isDone = failure is null || (IsFinal(each.Entry, failure) && await TryAddDeadLetterAsync(each, failure, field));
                // An outage uses up no attempt, and neither does a dead letter that could not be stored: the attempt is repeated.
                bool isCounted = isDone || (!ConsumerAttempt.DoesNotCount(failure) && !IsFinal(each.Entry, failure!));
                outcomes.Add(new Outcome(each.Entry, isDone, isCounted ? each.Entry.Attempts : each.Entry.Attempts - 1));
                if (EffectOf(each, failure, isRetried: isCounted && !isDone, field) is { } effect)
                {
                    effects.Add(effect);
                }

                if (failure is not null && !ConsumerAttempt.DoesNotCount(failure) && each.Event is { } failed)
                {
                    using IDisposable? scope = logger.BeginScope(LogScope.Of(failed));
                    LogFailed(failure, consumer.Name, type, failed.Id, each.Entry.Attempts);
                }
            }

            using Activity? span = EventSpans.StartSettle(consumer.Name, type, batch, outcomes.Count);
            if (!await TrySettleAsync(outcomes))
            {
                span?.Fail("unsettled");
                foreach (Outcome outcome in outcomes)
                {
                    unsettled[outcome.Entry.Id] = outcome;
                }
            }
        }
        finally
        {
            // Also after a bug: an entry that looks as if it were in work is never claimed again.
            foreach (InFlight each in finished)
            {
                inFlight.TryRemove(each.Entry.Id, out _);
                if (each.Event is { } handled)
                {
                    byEvent.TryRemove(new KeyValuePair<string, InFlight>(handled.Id, each));
                }

                each.Settle();
            }

            Interlocked.Add(ref held, -finished.Length);
            Interlocked.Exchange(ref room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }

        InFlight[] counted = [.. finished.Where(each => each.Handling.Result is { Failure: null, HadEffect: true })];
        if (counted.Length > 0)
        {
            await services.Statistics.CountAsync(consumer.Name, field, counted.Length, counted[^1].Event!, CancellationToken.None);
        }

        await services.Statistics.ReportAsync(effects);
    }

    // The code that adds a dead letter reports it.
    private Effect? EffectOf(InFlight each, Exception? failure, bool isRetried, string field) => (each.Event, failure) switch
    {
        ({ } handled, null) => Effect.Of(handled, consumer.Name, Effect.Handled, SourceOf(field), each.EndedAt),
        ({ } failed, { } error) when isRetried =>
            Effect.Of(failed, consumer.Name, Effect.Failed, SourceOf(field), each.EndedAt, DeadLetters.Describe(error)),
        _ => null,
    };

    private static string SourceOf(string field) => field == ConsumerStatistics.Recovered ? Effect.Recovery : Effect.Doorbell;

    private async Task<bool> TrySettleAsync(IReadOnlyCollection<Outcome> outcomes)
    {
        try
        {
            // Acknowledge after the effect, never before. Without the token of an invocation: this must be done at shutdown too.
            await Task.WhenAll(
                Journal.AcknowledgeAsync([.. outcomes.Where(each => each.IsDone).Select(each => each.Entry.Id)], CancellationToken.None),
                Journal.ReleaseAsync([.. outcomes.Where(each => !each.IsDone).Select(each => (each.Entry, each.Attempts))], CancellationToken.None));
            return true;
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception))
        {
            return false;
        }
    }

    // A retry does not help an event with another event's id, or an entry that is no event.
    private static bool IsFinal(PendingEntry entry, Exception failure) =>
        !ConsumerAttempt.DoesNotCount(failure) && (entry.Attempts >= MaxAttempts || failure is EventIdConflictException or UnreadableEntryException);

    // Acknowledge only after the dead letter is stored, so that no event is lost in between.
    private async Task<bool> TryAddDeadLetterAsync(InFlight each, Exception failure, string field)
    {
        try
        {
            await (each.Event is { } domainEvent
                ? services.DeadLetters.AddAsync(
                    consumer.Name, domainEvent, failure, Math.Min(each.Entry.Attempts, MaxAttempts), SourceOf(field), CancellationToken.None)
                : services.DeadLetters.AddRawAsync(consumer.Name, Encoding.UTF8.GetString(each.Entry.Body), failure.Message, CancellationToken.None));
            return true;
        }
        catch (Exception exception)
        {
            LogNoDeadLetter(consumer.Name, type, (string)each.Entry.Id!, DependencyUnavailableException.ReasonOf(exception));
            return false;
        }
    }

    private void Report(string problem)
    {
        // Recovery creates a missing group within seconds, after it has checked what Redis lost.
        if (problem.Length > 0 && !problem.StartsWith("NOGROUP", StringComparison.Ordinal))
        {
            LogCannotRead(consumer.Name, type, problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} failed on {Type} {EventId}, attempt {Attempt}.")]
    private partial void LogFailed(Exception exception, string consumer, string type, string eventId, int attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Consumer {Consumer} cannot store a dead letter for entry {Entry} of the journal of {Type} ({Reason}). It tries again.")]
    private partial void LogNoDeadLetter(string consumer, string type, string entry, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Consumer {Consumer} cannot read the journal of {Type}: {Problem}")]
    private partial void LogCannotRead(string consumer, string type, string problem);

    // The attempts are those that the entry has had, without one that an outage ended.
    private sealed record Outcome(PendingEntry Entry, bool IsDone, int Attempts);

    private sealed class InFlight(PendingEntry entry)
    {
        private readonly TaskCompletionSource<Exception?> settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Exception?> reported = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public PendingEntry Entry { get; } = entry;

        public DomainEvent? Event { get; set; }

        public DateTimeOffset EndedAt { get; set; }

        public Task<(Exception? Failure, bool HadEffect)> Handling { get; set; } = null!;

        /// <summary>Ends with the failure when the entry is acknowledged or handed back.</summary>
        public Task<Exception?> Settled => settled.Task;

        /// <summary>
        /// Ends when the ring of the event has its answer: after a failure, when the entry is settled; after a success at once, since the ring behind it
        /// must not wait for an acknowledgement.
        /// </summary>
        public Task<Exception?> Reported => reported.Task;

        public void Succeed() => reported.TrySetResult(null);

        public void Settle()
        {
            settled.TrySetResult(Handling.Result.Failure);
            reported.TrySetResult(Handling.Result.Failure);
        }
    }
}
