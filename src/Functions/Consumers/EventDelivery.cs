using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Consumers;

/// <summary>Hands a Pub/Sub message to a consumer: the fast path.</summary>
/// <param name="journal">Keeps a failed event for recovery.</param>
/// <param name="marks">Knows the handled events.</param>
/// <param name="deadLetters">Stores invalid messages, events with another event's id, and events that the journal could not take.</param>
/// <param name="log">Finds committed events.</param>
/// <param name="statistics">Counts handled events.</param>
/// <param name="options">The age from which it checks the processed markers first, and the time of a consumer.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs messages that are not events.</param>
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
    /// Reads the message and hands the event to the consumer. A message that is not an event becomes a dead letter, so that the
    /// function can continue with the next.
    /// </summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The type of event that the channel carries.</param>
    /// <param name="envelope">The message of the Redis trigger: <c>{"SubscriptionChannel":…,"Channel":…,"Message":"…"}</c>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when the event is handled.</returns>
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

    // An id belongs to one event, as long as its published marker lives and for every event in storage. Put another producer's event into the
    // journal before handling it, so that its marker is there when the id comes again.
    private async Task<bool> HasAnothersIdAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        try
        {
            return await journal.IsPublishedAsync(domainEvent, cancellationToken) is { } isPublished ? !isPublished
                : await IsCommittedAsync(domainEvent, cancellationToken) is { } isCommitted ? !isCommitted
                : !await journal.JournalIfAbsentAsync(domainEvent, cancellationToken);
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception))
        {
            // Handle the event anyway. If that fails, the event is kept.
            return false;
        }
    }

    private async Task HandleAsync(IEventConsumer consumer, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        // Recovery may already have handled a late message of the channel.
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
            catch (Exception exception) when (RedisConnection.IsFailure(exception))
            {
                // Recovery handles the event again, which changes nothing.
            }
        }
    }

    private async Task<bool> IsDoneAsync(IEventConsumer consumer, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        try
        {
            return (await marks.FindAsync(consumer.Name, [domainEvent], cancellationToken)).Count > 0;
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception))
        {
            return false;
        }
    }

    // The trigger does not deliver again. The gateway's own events are in the journal already. Put another producer's event there now, or
    // into the dead letters if Redis fails too. An event with another event's id also becomes a dead letter, since the journal would confuse the two.
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
            catch (Exception exception) when (RedisConnection.IsFailure(exception))
            {
                switch (await IsCommittedAsync(domainEvent, CancellationToken.None))
                {
                    case true:
                        // The event comes again from the journal, the relay or a replay.
                        return;
                    case false:
                        failure = new EventIdConflictException(domainEvent.Id);
                        break;
                }
            }
        }

        await deadLetters.AddAsync(consumer.Name, domainEvent, failure, 1, CancellationToken.None);
    }

    // Null if storage has no event with the id, false if it has another event.
    private async Task<bool?> IsCommittedAsync(DomainEvent domainEvent, CancellationToken cancellationToken) =>
        await log.FindAsync(domainEvent.Id, cancellationToken) is { } committed
            ? EventParser.Write(committed).AsSpan().SequenceEqual(EventParser.Write(domainEvent))
            : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} cannot read a message of channel {Channel} with {Length} characters: {Problem}. It is now a dead letter.")]
    private partial void LogMalformed(string consumer, string channel, int length, string problem);
}
