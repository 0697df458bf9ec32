using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Delivery;

/// <summary>
/// Handles events. The journal of each type is handled in batches, its events in parallel and in any order, so
/// the effect must be idempotent and independent of the order.
/// </summary>
public interface IEventConsumer
{
    /// <summary>The consumer's name in tables, keys, metrics and routes, one of <see cref="Subscriptions.Consumers"/>. What it takes stands there too.</summary>
    string Name { get; }

    /// <summary>Checks that the consumer's store answers.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">The consumer's store cannot be reached.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Handles an event completely before the task ends.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="cancellationToken">Cancels the operation at its deadline.</param>
    /// <returns>True if it had a new effect, which is then stored.</returns>
    /// <exception cref="DependencyUnavailableException">The consumer's store cannot be reached: no failure of the event.</exception>
    /// <exception cref="EventIdConflictException">Another event with the id was handled already. A retry does not help.</exception>
    Task<bool> HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken);
}
