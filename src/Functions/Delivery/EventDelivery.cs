using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>Brings a Pub/Sub message to a consumer: the fast path.</summary>
/// <param name="journal">Where an event that failed waits for recovery.</param>
/// <param name="marks">What a consumer has handled.</param>
/// <param name="deadLetters">What is no event, contradicts another one, or could not even be put into the journal.</param>
/// <param name="log">Knows what has committed.</param>
/// <param name="statistics">Counts what was handled.</param>
/// <param name="options">How old a message must be to look at the marks first, and how long a consumer may take.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Tells of messages that are no events.</param>
public sealed partial class EventDelivery(
    RedisJournal journal,
    DoneMarks marks,
    DeadLetters deadLetters,
    EventLog log,
    ConsumerStatistics statistics,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    ILogger<EventDelivery> logger)
{
    /// <summary>
    /// Reads the message and hands the event to the consumer. A message that is no event goes to the dead letters: the
    /// function that got it must go on with the next.
    /// </summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The type of event that the channel carries.</param>
    /// <param name="envelope">What the Redis trigger gives: <c>{"SubscriptionChannel":…,"Channel":…,"Message":"…"}</c>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When the event has had its effect.</returns>
    /// <exception cref="TimeoutException">The consumer took too long; recovery tries again.</exception>
    public async Task DeliverAsync(IEventConsumer consumer, string type, string envelope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        using JsonDocument trigger = JsonDocument.Parse(envelope);
        string message = trigger.RootElement.GetProperty("Message").GetString() ?? "";
        if (EventParser.TryRead(message, out DomainEvent domainEvent, out string problem) && domainEvent.Type != type)
        {
            problem = "its type is not the channel's";
        }

        if (problem.Length > 0)
        {
            LogMalformed(consumer.Name, EventChannels.Of(type), message.Length, problem);
            await deadLetters.AddRawAsync(consumer.Name, message, problem, cancellationToken);
            return;
        }

        try
        {
            if (await HasAnothersIdAsync(domainEvent, cancellationToken))
            {
                throw new EventIdConflictException(domainEvent.Id);
            }

            await HandleAsync(consumer, domainEvent, cancellationToken);
            await statistics.CountAsync(consumer.Name, ConsumerStatistics.Delivered, 1, domainEvent, cancellationToken);
        }
        catch (Exception exception)
        {
            await KeepAsync(consumer, domainEvent, exception);
            throw;
        }
    }

    // An id stands for one event: while its publish mark lives, and for every event in storage. Another producer's event is put into the
    // journal before anybody handles it, so that its mark is there for whoever comes with its id next.
    private async Task<bool> HasAnothersIdAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        try
        {
            return await journal.IsPublishedAsync(domainEvent, cancellationToken) is { } isPublished ? !isPublished
                : await IsCommittedAsync(domainEvent, cancellationToken) is { } isCommitted ? !isCommitted
                : !await journal.JournalIfAbsentAsync(domainEvent, cancellationToken);
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or RedisException)
        {
            // It is handled all the same; where that fails, it is kept.
            return false;
        }
    }

    private async Task HandleAsync(IEventConsumer consumer, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        // A backlog that the channel still delivers may have been recovered meanwhile.
        if (consumer.IsMarkedDone
            && time.GetUtcNow() - domainEvent.Timestamp > options.Value.Grace
            && await IsDoneAsync(consumer, domainEvent, cancellationToken))
        {
            return;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Value.HandlerDeadline);
        _ = await consumer.HandleAsync(domainEvent, deadline.Token).WaitAsync(options.Value.HandlerDeadline, cancellationToken);
        if (consumer.IsMarkedDone)
        {
            try
            {
                await marks.AddAsync(consumer.Name, [domainEvent], cancellationToken);
            }
            catch (Exception exception) when (exception is DependencyUnavailableException or RedisException)
            {
                // Recovery handles it again, which changes nothing.
            }
        }
    }

    private async Task<bool> IsDoneAsync(IEventConsumer consumer, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        try
        {
            return (await marks.FindAsync(consumer.Name, [domainEvent], cancellationToken)).Count > 0;
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or RedisException)
        {
            return false;
        }
    }

    // The trigger does not deliver again. Our own events are in the journal already; another producer's is put there now, or
    // where Redis fails too, among the dead letters. So is, at once, one with the id of another event: the journal would take it for that one.
    private async Task KeepAsync(IEventConsumer consumer, DomainEvent domainEvent, Exception failure)
    {
        if (failure is not EventIdConflictException)
        {
            try
            {
                if (await journal.JournalIfAbsentAsync(domainEvent, CancellationToken.None))
                {
                    return;
                }

                failure = new EventIdConflictException(domainEvent.Id);
            }
            catch (Exception exception) when (exception is DependencyUnavailableException or RedisException)
            {
                switch (await IsCommittedAsync(domainEvent, CancellationToken.None))
                {
                    case true:
                        // It comes again: from the journal, by the relay, or by a replay.
                        return;
                    case false:
                        failure = new EventIdConflictException(domainEvent.Id);
                        break;
                }
            }
        }

        await deadLetters.AddAsync(consumer.Name, domainEvent, failure, 1, CancellationToken.None);
    }

    // Null where storage has no event with its id, false where it has another one.
    private async Task<bool?> IsCommittedAsync(DomainEvent domainEvent, CancellationToken cancellationToken) =>
        await log.FindAsync(domainEvent.Id, cancellationToken) is { } committed
            ? EventParser.Write(committed).AsSpan().SequenceEqual(EventParser.Write(domainEvent))
            : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} cannot read a message of channel {Channel} with {Length} characters: {Problem}. It is now a dead letter.")]
    private partial void LogMalformed(string consumer, string channel, int length, string problem);
}
