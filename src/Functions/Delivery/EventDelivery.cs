using System.Text.Json;
using McpFunctions.Domain.Audit;
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
    /// <param name="cancellationToken">Ends it.</param>
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
            await HandleAsync(consumer, domainEvent, cancellationToken);
            await statistics.CountAsync(consumer.Name, ConsumerStatistics.Delivered, 1, domainEvent, cancellationToken);
        }
        catch (Exception exception)
        {
            await KeepAsync(consumer, domainEvent, exception);
            throw;
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
        await consumer.HandleAsync(domainEvent, deadline.Token).WaitAsync(options.Value.HandlerDeadline, cancellationToken);
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
                await journal.JournalIfAbsentAsync(domainEvent, CancellationToken.None);
                return;
            }
            catch (Exception exception) when (exception is DependencyUnavailableException or RedisException)
            {
                if (await IsCommittedAsync(domainEvent))
                {
                    // It comes again: from the journal, by the relay, or by a replay.
                    return;
                }
            }
        }

        await deadLetters.AddAsync(consumer.Name, domainEvent, DeadLetters.Describe(failure), 1, CancellationToken.None);
    }

    private async Task<bool> IsCommittedAsync(DomainEvent domainEvent)
    {
        string partition = domainEvent.Metadata.UserId is { } userId ? StateKeys.User(userId) : StateKeys.System;
        FetchedEvents fetched = await log.FetchAsync(
            [new LogEntry(domainEvent.Id, domainEvent.Type, partition, domainEvent.Timestamp)], CancellationToken.None);
        return fetched.Events.Any(each => EventParser.Write(each).AsSpan().SequenceEqual(EventParser.Write(domainEvent)));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} dropped a message of channel {Channel} with {Length} characters: {Problem}. It is in the dead letters.")]
    private partial void LogMalformed(string consumer, string channel, int length, string problem);
}
