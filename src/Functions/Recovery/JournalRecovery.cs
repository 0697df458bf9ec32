using System.Text;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Recovery;

/// <summary>Claims the entries of the journal that one consumer has not acknowledged, acknowledges the handled ones, and handles the rest.</summary>
/// <param name="consumer">The consumer.</param>
/// <param name="redis">The connection.</param>
/// <param name="losses">Replays deleted entries.</param>
/// <param name="marks">Knows the handled events.</param>
/// <param name="deadLetters">Stores entries that are not events.</param>
/// <param name="attempts">Handles the events.</param>
/// <param name="options">The delays.</param>
/// <param name="time">The clock.</param>
public sealed class JournalRecovery(
    IEventConsumer consumer,
    RedisConnection redis,
    LossDetection losses,
    DoneMarks marks,
    DeadLetters deadLetters,
    RecoveryAttempts attempts,
    IOptions<DeliveryOptions> options,
    TimeProvider time)
{
    private const int MaxHeld = 5_000;
    private const long MaxHeldBytes = 32 * 1024 * 1024;

    private readonly JournalGroup journal = new(redis, consumer.Name);

    // The time at which this process first saw an entry that is young by its id.
    private readonly Dictionary<RedisValue, long> firstSeen = [];

    /// <summary>The value to which this instance could last raise the low watermark; null if it stays.</summary>
    public DateTimeOffset? Reached { get; private set; }

    /// <summary>Handles the entries that are due.</summary>
    /// <param name="parts">Records the failures of single entries.</param>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <returns>A task that ends when they are handled.</returns>
    /// <exception cref="DependencyUnavailableException">Redis, storage or the consumer's store cannot be reached.</exception>
    internal async Task RecoverAsync(TickParts parts, CancellationToken cancellationToken)
    {
        DateTimeOffset started = time.GetUtcNow();
        IReadOnlyList<JournalEntry> held = await journal.ReadAsync(MaxHeld, MaxHeldBytes, cancellationToken);
        List<HeldEvent> events = await OpenAsync(held, cancellationToken);
        HashSet<RedisValue> done = [];
        try
        {
            List<HeldEvent> due = await DueAsync(events, cancellationToken);
            await AcknowledgeDoneAsync(due, done, cancellationToken);
            await attempts.HandleAsync([.. due.Where(each => !done.Contains(each.Entry.Id))], done, parts, cancellationToken);
        }
        finally
        {
            // There may be more entries with unknown times, so the low watermark stays.
            bool isAll = held.Count < MaxHeld && held.Sum(each => (long)(each.Body?.Length ?? 0)) < MaxHeldBytes;
            IEnumerable<DateTimeOffset> left = events.Where(each => !done.Contains(each.Entry.Id)).Select(each => each.Event.Timestamp);
            Reached = isAll ? left.Where(each => EventTime.IsPlausible(each, started)).Append(started).Min() : null;
        }
    }

    private async Task<List<HeldEvent>> OpenAsync(IReadOnlyList<JournalEntry> held, CancellationToken cancellationToken)
    {
        List<HeldEvent> events = new(held.Count);
        JournalEntry[] lost = [.. held.Where(entry => entry.Body is null)];
        if (lost.Length > 0)
        {
            await losses.ReplayDeletedAsync(lost, cancellationToken);
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
                await deadLetters.AddRawAsync(consumer.Name, Encoding.UTF8.GetString(body), problem, cancellationToken);
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
        await journal.AcknowledgeAsync(ids, cancellationToken);
        done.UnionWith(ids);
    }
}
