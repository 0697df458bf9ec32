using System.Collections.Concurrent;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// Treats an event's first timeout as an outage, since a store that hung until just now answers the probe that follows.
/// A second timeout counts as a failure of the event.
/// </summary>
internal sealed class FirstTimeouts
{
    // The events of one consumer, in this process only, so they stay few.
    private readonly ConcurrentDictionary<string, bool> eventIds = new();

    /// <summary>Judges the outcome of an attempt.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="failure">The failure from <see cref="ConsumerAttempt"/>.</param>
    /// <returns>The same failure, or an outage instead.</returns>
    public Exception? Judge(DomainEvent domainEvent, Exception? failure)
    {
        if (failure is TimeoutException)
        {
            return eventIds.TryAdd(domainEvent.Id, true) ? new DependencyUnavailableException("a dependency of the handler", failure) : failure;
        }

        if (!ConsumerAttempt.DoesNotCount(failure))
        {
            eventIds.TryRemove(domainEvent.Id, out _);
        }

        return failure;
    }
}
