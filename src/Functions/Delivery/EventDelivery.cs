using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Delivery;

/// <summary>Brings a Pub/Sub message to a consumer.</summary>
/// <param name="logger">Tells of messages that are no events.</param>
public sealed partial class EventDelivery(ILogger<EventDelivery> logger)
{
    /// <summary>How long a consumer may take for an event; then the delivery counts as failed.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Reads the message and hands the event to the consumer. A message that is no event is logged and dropped: the
    /// function that got it must go on with the next.
    /// </summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The type of event that the channel carries.</param>
    /// <param name="envelope">What the Redis trigger gives: <c>{"SubscriptionChannel":…,"Channel":…,"Message":"…"}</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When the event has had its effect.</returns>
    /// <exception cref="TimeoutException">The consumer took too long; it is abandoned.</exception>
    public async Task DeliverAsync(IEventConsumer consumer, string type, string envelope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        using JsonDocument trigger = JsonDocument.Parse(envelope);
        string message = trigger.RootElement.GetProperty("Message").GetString() ?? "";
        if (!EventParser.TryRead(message, out DomainEvent domainEvent, out string problem))
        {
            LogMalformed(consumer.Name, EventChannels.Of(type), message.Length, problem);
            return;
        }

        if (domainEvent.Type != type)
        {
            LogMalformed(consumer.Name, EventChannels.Of(type), message.Length, "its type is not the channel's");
            return;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        await consumer.HandleAsync(domainEvent, deadline.Token).WaitAsync(Deadline, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer {Consumer} dropped a message of channel {Channel} with {Length} characters: {Problem}.")]
    private partial void LogMalformed(string consumer, string channel, int length, string problem);
}
