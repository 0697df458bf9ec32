using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Consumers;

/// <summary>A consumer failed on an event. The journal has the event, and recovery tries again.</summary>
/// <param name="consumer">The consumer.</param>
/// <param name="domainEvent">The event.</param>
/// <param name="failure">The failure.</param>
public sealed class EventFailedException(string consumer, DomainEvent domainEvent, Exception failure)
    : Exception($"Consumer {consumer} failed on {domainEvent.Type} {domainEvent.Id}. Recovery tries again, or it is a dead letter.", failure);
