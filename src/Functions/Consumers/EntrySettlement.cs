using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// Settles entries of a pair whose attempt has ended: it stores dead letters, acknowledges what is done, hands back the rest, and counts and reports
/// the effects.
/// </summary>
/// <param name="journal">The journal of the pair.</param>
/// <param name="deadLetters">Stores events that keep failing.</param>
/// <param name="statistics">Counts handled events.</param>
/// <param name="logger">Logs failures.</param>
internal sealed partial class EntrySettlement(PairJournal journal, DeadLetters deadLetters, ConsumerStatistics statistics, ILogger logger)
{
    // Entries that are handled, whose acknowledgement Redis did not confirm. This process knows their outcome.
    private readonly ConcurrentDictionary<RedisValue, Outcome> unsettled = new();

    /// <summary>Acknowledges the entries that are handled or have become dead letters, and hands back the others.</summary>
    /// <param name="finished">The entries, at least one.</param>
    /// <param name="field">The counter of <see cref="ConsumerStatistics"/>, which says how the entries were read.</param>
    /// <param name="batch">The span that read them.</param>
    /// <returns>What to report of them.</returns>
    public async Task<IReadOnlyList<Effect>> SettleAsync(IReadOnlyList<EntryInWork> finished, string field, ActivityContext batch)
    {
        List<Effect> effects = new(finished.Count);
        List<Outcome> outcomes = [];
        foreach (EntryInWork each in finished)
        {
            Exception? failure = each.Failure;
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
                LogFailed(failure, journal.Consumer, journal.Type, failed.Id, each.Entry.Attempts);
            }
        }

        using Activity? span = EventSpans.StartSettle(journal.Consumer, journal.Type, batch, outcomes.Count);
        if (!await TrySettleAsync(outcomes))
        {
            span?.Fail("unsettled");
            foreach (Outcome outcome in outcomes)
            {
                unsettled[outcome.Entry.Id] = outcome;
            }
        }

        return effects;
    }

    /// <summary>Acknowledges or hands back the entries for which Redis did not confirm it. So an outage of Redis uses up no attempt.</summary>
    public async Task SettleAgainAsync()
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

    /// <summary>Counts the new effects of entries, and reports what became of them.</summary>
    /// <param name="finished">The entries.</param>
    /// <param name="effects">What to report of them.</param>
    /// <param name="field">The counter.</param>
    public async Task ReportAsync(IReadOnlyList<EntryInWork> finished, IReadOnlyList<Effect> effects, string field)
    {
        EntryInWork[] counted = [.. finished.Where(each => each.Handling.Result is { Failure: null, HadEffect: true })];
        if (counted.Length > 0)
        {
            await statistics.CountAsync(journal.Consumer, field, counted.Length, counted[^1].Event!, CancellationToken.None);
        }

        await statistics.ReportAsync(effects);
    }

    // The code that adds a dead letter reports it.
    private Effect? EffectOf(EntryInWork each, Exception? failure, bool isRetried, string field) => (each.Event, failure) switch
    {
        ({ } handled, null) => Effect.Of(handled, journal.Consumer, Effect.Handled, SourceOf(field), each.EndedAt),
        ({ } failed, { } error) when isRetried =>
            Effect.Of(failed, journal.Consumer, Effect.Failed, SourceOf(field), each.EndedAt, DeadLetters.Describe(error)),
        _ => null,
    };

    private static string SourceOf(string field) => field == ConsumerStatistics.Recovered ? Effect.Recovery : Effect.Doorbell;

    private async Task<bool> TrySettleAsync(IReadOnlyCollection<Outcome> outcomes)
    {
        try
        {
            // Acknowledge after the effect, never before. Without the token of an invocation: this must be done at shutdown too.
            await Task.WhenAll(
                journal.AcknowledgeAsync([.. outcomes.Where(each => each.IsDone).Select(each => each.Entry.Id)], CancellationToken.None),
                journal.ReleaseAsync([.. outcomes.Where(each => !each.IsDone).Select(each => (each.Entry, each.Attempts))], CancellationToken.None));
            return true;
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception))
        {
            return false;
        }
    }

    // A retry does not help an event with another event's id, or an entry that is no event.
    private static bool IsFinal(PendingEntry entry, Exception failure) =>
        !ConsumerAttempt.DoesNotCount(failure) && (entry.Attempts >= JournalPump.MaxAttempts || failure is EventIdConflictException or UnreadableEntryException);

    // Acknowledge only after the dead letter is stored, so that no event is lost in between.
    private async Task<bool> TryAddDeadLetterAsync(EntryInWork each, Exception failure, string field)
    {
        try
        {
            await (each.Event is { } domainEvent
                ? deadLetters.AddAsync(
                    journal.Consumer, domainEvent, failure, Math.Min(each.Entry.Attempts, JournalPump.MaxAttempts), SourceOf(field), CancellationToken.None)
                : deadLetters.AddRawAsync(journal.Consumer, Encoding.UTF8.GetString(each.Entry.Body), failure.Message, CancellationToken.None));
            return true;
        }
        catch (Exception exception)
        {
            LogNoDeadLetter(journal.Consumer, journal.Type, (string)each.Entry.Id!, DependencyUnavailableException.ReasonOf(exception));
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} failed on {Type} {EventId}, attempt {Attempt}.")]
    private partial void LogFailed(Exception exception, string consumer, string type, string eventId, int attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "Consumer {Consumer} cannot store a dead letter for entry {Entry} of the journal of {Type} ({Reason}). It tries again.")]
    private partial void LogNoDeadLetter(string consumer, string type, string entry, string reason);

    // The attempts are those that the entry has had, without one that an outage ended.
    private sealed record Outcome(PendingEntry Entry, bool IsDone, int Attempts);
}
