using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Delivery;

/// <summary>What a feature stores for an event beside the event itself, and keeps only as long as the event.</summary>
public interface IEventRows
{
    /// <summary>The row keys of an event's rows, in the partition of the event.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <returns>The keys; none if the feature stores nothing for it.</returns>
    IEnumerable<string> KeysOf(DomainEvent domainEvent);
}
