using System.Collections.Concurrent;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Delivery;

/// <summary>
/// Takes an event's first timeout for an outage: a store that stood still until a moment ago answers the probe that follows.
/// What times out again is a failure of the event.
/// </summary>
internal sealed class FirstTimeouts
{
    // Of a consumer's events; only of this process's life, and few.
    private readonly ConcurrentDictionary<string, bool> eventIds = new();

    /// <summary>Judges what came of an attempt.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="failure">What <see cref="ConsumerAttempt"/> says.</param>
    /// <returns>The same, or an outage in its place.</returns>
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
