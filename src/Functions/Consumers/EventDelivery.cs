using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// Takes a message of a channel. The message is a doorbell: it takes its event into the journal, unless it is there, and makes the consumer read
/// the journal of that type.
/// </summary>
/// <param name="pumps">Read and handle the journal.</param>
/// <param name="attempts">Handles a foreign event that the journal could not take.</param>
/// <param name="deadLetters">Stores invalid messages, events with another event's id, and events that the journal could not take.</param>
/// <param name="log">Finds committed events.</param>
/// <param name="logger">Logs messages that are not events.</param>
public sealed partial class EventDelivery(
    JournalPumps pumps, ConsumerAttempt attempts, DeadLetters deadLetters, EventLog log, ILogger<EventDelivery> logger)
{
    /// <summary>Reads the message and rings the pump of the pair. A message that is not an event becomes a dead letter.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The type of event that the channel carries.</param>
    /// <param name="envelope">The message of the Redis trigger: <c>{"SubscriptionChannel":…,"Channel":…,"Message":"…"}</c>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when the event is handled, or after a second: then the handler goes on.</returns>
    /// <exception cref="EventFailedException">The consumer failed on the event; recovery tries again.</exception>
    /// <exception cref="EventIdConflictException">Another event has the id. The event is a dead letter.</exception>
    public async Task DeliverAsync(IEventConsumer consumer, string type, string envelope, CancellationToken cancellationToken)
    {
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

        switch (await RingAsync(pumps.Of(consumer, type), domainEvent, cancellationToken))
        {
            case MarkerState.Other:
                await RefuseAsync(consumer, domainEvent);
                break;
            case MarkerState.Refused:
                await HandleDirectlyAsync(consumer, domainEvent, cancellationToken);
                break;
        }
    }

    // An id belongs to one event, as long as its published marker lives and for every event in storage.
    private async Task<MarkerState> RingAsync(JournalPump pump, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        try
        {
            MarkerState marker = await pump.RingAsync(domainEvent, mayAdd: !EventLog.MayHold(domainEvent.Id), cancellationToken);
            return marker != MarkerState.Absent ? marker
                : await IsOtherCommittedAsync(domainEvent, cancellationToken) ? MarkerState.Other
                : await pump.RingAsync(domainEvent, mayAdd: true, cancellationToken);
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception))
        {
            return MarkerState.Refused;
        }
    }

    private async Task RefuseAsync(IEventConsumer consumer, DomainEvent domainEvent)
    {
        var conflict = new EventIdConflictException(domainEvent.Id);
        await deadLetters.AddAsync(consumer.Name, domainEvent, conflict, 1, Effect.Doorbell, CancellationToken.None);
        throw conflict;
    }

    // The trigger does not deliver again. A committed event comes again by the relay, a tick or a replay.
    private async Task HandleDirectlyAsync(IEventConsumer consumer, DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        switch (await IsCommittedAsync(domainEvent, CancellationToken.None))
        {
            case true:
                return;
            case false:
                await RefuseAsync(consumer, domainEvent);
                return;
        }

        (Exception? failure, _) = await attempts.TryAsync(consumer, domainEvent, cancellationToken);
        if (failure is not null)
        {
            await deadLetters.AddAsync(consumer.Name, domainEvent, failure, 1, Effect.Doorbell, CancellationToken.None);
            throw new EventFailedException(consumer.Name, domainEvent, failure);
        }
    }

    // If storage does not tell, a foreign event must not be lost. If it has the id of a committed one, the relay publishes that one too.
    private async Task<bool> IsOtherCommittedAsync(DomainEvent domainEvent, CancellationToken cancellationToken)
    {
        try
        {
            return await IsCommittedAsync(domainEvent, cancellationToken) == false;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // Null if storage has no event with the id, false if it has another event.
    private async Task<bool?> IsCommittedAsync(DomainEvent domainEvent, CancellationToken cancellationToken) =>
        await log.FindAsync(domainEvent.Id, cancellationToken) is { } committed
            ? EventParser.Write(committed).AsSpan().SequenceEqual(EventParser.Write(domainEvent))
            : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} cannot read a message of channel {Channel} with {Length} characters: {Problem}. It is now a dead letter.")]
    private partial void LogMalformed(string consumer, string channel, int length, string problem);
}
