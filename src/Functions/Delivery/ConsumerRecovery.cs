using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>
/// Gives one consumer the events that the fast path missed, every few seconds. Its duties, in order: notice that Redis lost
/// state; claim unacknowledged entries; acknowledge handled ones; handle the rest, count the attempts, and move events that keep failing
/// to the dead letters; work on the consumer's replay jobs.
/// </summary>
/// <param name="consumer">The consumer.</param>
/// <param name="redis">The connection.</param>
/// <param name="states">Stores how far the consumer has come.</param>
/// <param name="marks">Knows the handled events.</param>
/// <param name="deadLetters">Stores events that keep failing.</param>
/// <param name="jobs">Stores the replay jobs.</param>
/// <param name="replays">Runs the replay jobs.</param>
/// <param name="loneEvents">Lets isolated events take turns.</param>
/// <param name="statistics">Counts handled events.</param>
/// <param name="options">The delays and deadlines.</param>
/// <param name="time">The clock.</param>
/// <param name="metrics">Counts recovered events.</param>
/// <param name="logger">Logs the outcome.</param>
public sealed partial class ConsumerRecovery(
    IEventConsumer consumer,
    RedisConnection redis,
    ConsumerStates states,
    DoneMarks marks,
    DeadLetters deadLetters,
    ReplayJobs jobs,
    ReplayRunner replays,
    LoneEvents loneEvents,
    ConsumerStatistics statistics,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    DeliveryMetrics metrics,
    ILogger<ConsumerRecovery> logger)
{
    /// <summary>The failed attempts after which an event becomes a dead letter.</summary>
    public const int MaxAttempts = 8;

    /// <summary>The allowed difference between the clocks of instances, Redis and storage. Replays reach back this much further.</summary>
    public static readonly TimeSpan MaxClockDifference = TimeSpan.FromHours(2);

    /// <summary>The attempts after which an event is isolated, so that an event that kills the process does not use up the attempts of others.</summary>
    internal const int LonelyAttempts = 3;

    /// <summary>The error of a dead letter whose handler started again and again and never finished.</summary>
    internal const string EndedTheProcess = "The process ended during every attempt.";

    private const int MaxHeld = 5_000;
    private const long MaxHeldBytes = 32 * 1024 * 1024;
    private const int BatchSize = 100;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(10);

    // With default settings, the relay publishes within half of this time.
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    private static readonly string MissingScript = EmbeddedScript.Read("Delivery.missing.lua");

    private static readonly string BeatScript = EmbeddedScript.Read("Delivery.beat.lua");

    private readonly JournalGroup journal = new(redis, consumer.Name);
    private readonly RedisKey beatKey = $"{{events}}:beat:{consumer.Name}";
    private readonly RedisKey missingKey = $"{{events}}:missing:{consumer.Name}";

    private readonly FirstTimeouts firstTimeouts = new();

    // Entries whose attempt must be refunded, because Redis failed before. Lost on a crash, so a crash counts as an attempt.
    private readonly HashSet<RedisValue> owed = [];

    // The time at which this process first saw an entry that is young by its id.
    private readonly Dictionary<RedisValue, long> firstSeen = [];

    // Whether the group was created since the last comparison of epochs (beats). Perhaps the journal was lost with it.
    private bool isGroupNew;

    // The value to which this instance could last raise the low watermark.
    private DateTimeOffset? reached;

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
                () => UnlessUnavailableAsync(async () => isMore = await replays.RunAsync(consumer, DeliveryTimers.Interval, cancellationToken)), cancellationToken);
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
        isGroupNew |= await journal.EnsureAsync(cancellationToken);
        try
        {
            if (!await CompareBeatsAsync(cancellationToken))
            {
                return;
            }

            isGroupNew = false;
        }
        catch (Exception exception) when (exception is not DependencyUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            // The journal does not wait for the replay.
            parts.Add(exception);
        }

        DateTimeOffset started = time.GetUtcNow();
        IReadOnlyList<JournalEntry> held = await journal.ReadAsync(MaxHeld, MaxHeldBytes, cancellationToken);
        List<HeldEvent> events = await OpenAsync(held, cancellationToken);
        HashSet<RedisValue> done = [];
        try
        {
            List<HeldEvent> due = await DueAsync(events, cancellationToken);
            await AcknowledgeDoneAsync(due, done, cancellationToken);
            await HandleAsync([.. due.Where(each => !done.Contains(each.Entry.Id))], done, parts, cancellationToken);
        }
        finally
        {
            // There may be more entries with unknown times, so the low watermark stays.
            bool isAll = held.Count < MaxHeld && held.Sum(each => (long)(each.Body?.Length ?? 0)) < MaxHeldBytes;
            IEnumerable<DateTimeOffset> left = events.Where(each => !done.Contains(each.Entry.Id)).Select(each => each.Event.Timestamp);
            reached = isAll ? left.Where(each => EventTime.IsPlausible(each, started)).Append(started).Min() : null;
        }
    }

    // Redis holds a copy of the epoch (beat) in storage. An older copy, or none, shows that Redis came back with an old file
    // or empty, so replay the lost events. Store the job before the new epoch hides the loss.
    private async Task<bool> CompareBeatsAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        ConsumerState? state = await states.FindAsync(consumer.Name, cancellationToken);
        RedisValue copy = await redis.RunAsync(database => database.StringGetAsync(beatKey), cancellationToken);
        long? redisBeat = !copy.IsNull && copy.TryParse(out long milliseconds) ? milliseconds : null;
        if (state is null)
        {
            await jobs.AddAsync(consumer.Name, null, DateTimeOffset.MinValue, now + MaxClockDifference, "first-run", cancellationToken);
        }
        else if (redisBeat is null || redisBeat < state.Beat)
        {
            DateTimeOffset certain = redisBeat is { } old && EventTime.FromUnixMilliseconds(old) is var beat && beat < state.LowWater ? beat : state.LowWater;
            await ReplayLossAsync(certain, now, ReplayJobs.RedisLoss, cancellationToken);
        }

        RedisResult missing = await redis.RunAsync(
            database => database.ScriptEvaluateAsync(MissingScript, [RedisJournal.Journal, RedisJournal.Trimmed]), cancellationToken);
        RedisValue known = await redis.RunAsync(database => database.StringGetAsync(missingKey), cancellationToken);
        if (state is not null && !copy.IsNull && (isGroupNew || (!known.IsNull && !missing.IsNull && known != (RedisValue)missing)))
        {
            // Nobody knows whether this consumer had read them.
            await ReplayLossAsync(state.LowWater, now, ReplayJobs.JournalLoss + "entries-missing", cancellationToken);
        }

        long next = Math.Max(now.ToUnixTimeMilliseconds(), (state?.Beat ?? 0) + 1);
        DateTimeOffset lowWater = state is null ? now : reached is { } higher && now >= state.HeldUntil ? higher : state.LowWater;
        if (!await states.TryWriteAsync(consumer.Name, state, lowWater, next, state?.HeldUntil ?? now, cancellationToken))
        {
            // Another instance runs a tick, or the relay has just lowered the low watermark. The next tick comes soon.
            return false;
        }

        // Replace only the epoch that was compared, since Redis may have lost its state in between.
        RedisResult isWritten = await redis.RunAsync(
            database => database.ScriptEvaluateAsync(
                BeatScript, [beatKey, missingKey], [copy.IsNull ? "" : copy, next, missing.IsNull ? "" : (RedisValue)missing]),
            cancellationToken);
        return (bool)isWritten;
    }

    // Replay the last minutes first, since nearly all lost events are from then. Older events come next.
    private async Task ReplayLossAsync(DateTimeOffset certain, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        DateTimeOffset recent = EventTime.Subtract(certain, Recent);
        DateTimeOffset from = EventTime.Subtract(certain, MaxClockDifference);
        await jobs.CoverAsync(consumer.Name, recent, now + MaxClockDifference, reason, cancellationToken);
        await jobs.CoverAsync(consumer.Name, from, recent, reason, cancellationToken);
        metrics.RedisLostState(consumer.Name);
        LogRedisLostState(consumer.Name, from);
    }

    private async Task<List<HeldEvent>> OpenAsync(IReadOnlyList<JournalEntry> held, CancellationToken cancellationToken)
    {
        List<HeldEvent> events = new(held.Count);
        JournalEntry[] lost = [.. held.Where(entry => entry.Body is null)];
        if (lost.Length > 0)
        {
            // The entries were deleted before they were handled; storage still has the events. One job for all, since each job reads hours of the log.
            DateTimeOffset from = EventTime.Subtract(lost.Min(entry => entry.Time), MaxClockDifference + EventRelay.Late);
            DateTimeOffset to = EventTime.Add(lost.Max(entry => entry.Time), MaxClockDifference);
            await jobs.CoverAsync(consumer.Name, from, to, ReplayJobs.JournalLoss + "entry-lost", cancellationToken);
            await journal.AcknowledgeAsync([.. lost.Select(entry => entry.Id)], cancellationToken);
        }

        List<RedisValue> others = [];
        foreach (JournalEntry entry in held)
        {
            if (entry.Body is not { } body)
            {
                continue;
            }

            if (EventParser.TryRead(body, out DomainEvent domainEvent, out string problem))
            {
                if (Subscriptions.Takes(consumer.Name, domainEvent.Type))
                {
                    events.Add(new HeldEvent(entry, domainEvent));
                }
                else
                {
                    others.Add(entry.Id);
                }
            }
            else
            {
                await deadLetters.AddRawAsync(consumer.Name, System.Text.Encoding.UTF8.GetString(body), problem, cancellationToken);
                await journal.AcknowledgeAsync([entry.Id], cancellationToken);
            }
        }

        // The journal holds events of all consumers. Acknowledge those that this one does not consume.
        if (others.Count > 0)
        {
            await journal.AcknowledgeAsync([.. others], cancellationToken);
        }

        return events;
    }

    private async Task<List<HeldEvent>> DueAsync(List<HeldEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
        {
            return events;
        }

        DateTimeOffset now = await redis.TimeAsync(cancellationToken);
        double?[] next = await redis.RunAsync(
            database => database.SortedSetScoresAsync(journal.Retries, [.. events.Select(each => each.Entry.Id)]), cancellationToken);
        HashSet<RedisValue> held = [.. events.Select(each => each.Entry.Id)];
        foreach (RedisValue gone in firstSeen.Keys.Where(id => !held.Contains(id)).ToArray())
        {
            firstSeen.Remove(gone);
        }

        return [.. events.Where((each, index) => IsPastGrace(each.Entry, now) && (next[index] ?? 0) <= now.ToUnixTimeMilliseconds())];
    }

    // By the time in its id, or since this process first saw it: the node that made the id may have had a fast clock.
    private bool IsPastGrace(JournalEntry entry, DateTimeOffset now)
    {
        if (entry.Time <= now - options.Value.Grace)
        {
            return true;
        }

        if (firstSeen.TryGetValue(entry.Id, out long seen))
        {
            return time.GetElapsedTime(seen) >= options.Value.Grace;
        }

        firstSeen[entry.Id] = time.GetTimestamp();
        return false;
    }

    private async Task AcknowledgeDoneAsync(List<HeldEvent> due, HashSet<RedisValue> done, CancellationToken cancellationToken)
    {
        if (!consumer.IsMarkedDone || due.Count == 0)
        {
            return;
        }

        HashSet<string> marked = await marks.FindAsync(consumer.Name, [.. due.Select(each => each.Event)], cancellationToken);
        RedisValue[] ids = [.. due.Where(each => marked.Contains(each.Event.Id)).Select(each => each.Entry.Id)];
        await FinishAsync(ids, done, cancellationToken);
    }

    private async Task HandleAsync(List<HeldEvent> due, HashSet<RedisValue> done, TickParts parts, CancellationToken cancellationToken)
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
        ILookup<bool, HeldEvent> isLonely = due.Select((each, index) => each with { Attempts = Math.Max(0, (int)counted[index]) }).ToLookup(each => each.Attempts >= LonelyAttempts);
        foreach (HeldEvent[] batch in isLonely[false].Chunk(BatchSize))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await HandleBatchAsync(batch, done, parts, cancellationToken);
        }

        foreach (HeldEvent lonely in isLonely[true])
        {
            using IDisposable? turn = await loneEvents.TryEnterAsync(cancellationToken);
            if (turn is null)
            {
                return;
            }

            await HandleBatchAsync([lonely], done, parts, cancellationToken);
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
            metrics.Recovered(consumer.Name, recovered.Length);
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
        if (each.Attempts >= MaxAttempts)
        {
            return (new InvalidOperationException(EndedTheProcess), false);
        }

        (Exception? failure, bool hadEffect) = await ConsumerAttempt.TryAsync(consumer, each.Event, options.Value.HandlerDeadline, cancellationToken);
        return (firstTimeouts.Judge(each.Event, failure), hadEffect);
    }

    // Acknowledge only after the dead letter is stored, so that no event is lost in between.
    private async Task FailAsync(HeldEvent each, Exception failure, HashSet<RedisValue> done, CancellationToken cancellationToken)
    {
        LogFailed(failure, consumer.Name, each.Event.Type, each.Event.Id, each.Attempts);
        // A retry does not help an event with another event's id.
        if (each.Attempts >= MaxAttempts || failure is EventIdConflictException)
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

    private sealed record HeldEvent(JournalEntry Entry, DomainEvent Event, int Attempts = 0);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recovery of consumer {Consumer} cannot work: {Dependency} is unavailable. It tries again at its next run.")]
    private partial void LogPaused(Exception exception, string consumer, string dependency);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis lost state of consumer {Consumer}. The gateway replays events from {From} on to it.")]
    private partial void LogRedisLostState(string consumer, DateTimeOffset from);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} failed on {Type} {EventId}, attempt {Attempt}.")]
    private partial void LogFailed(Exception exception, string consumer, string type, string eventId, int attempt);
}
