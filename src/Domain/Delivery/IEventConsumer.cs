using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Delivery;

/// <summary>
/// Gives events their effect. Called by pub/sub functions, by recovery and by replays, several at once and in any order:
/// the effect is idempotent and does not depend on the order.
/// </summary>
public interface IEventConsumer
{
    /// <summary>The consumer's name in tables, keys, metrics and routes, one of <see cref="Subscriptions.Consumers"/>. What it takes stands there too.</summary>
    string Name { get; }

    /// <summary>
    /// Whether the effect is elsewhere than in Redis, so that a mark in Redis spares recovery and late deliveries the work.
    /// Where it is in Redis, having it again costs no more than looking at the mark.
    /// </summary>
    bool IsMarkedDone { get; }

    /// <summary>Asks the consumer's store for a sign of life.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it has answered.</returns>
    /// <exception cref="DependencyUnavailableException">The consumer's store cannot be reached.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Gives an event its effect; done when the task is done, and never half done.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="cancellationToken">Cancels the operation at its deadline.</param>
    /// <returns>Whether it had an effect that it did not have before, once that is durable.</returns>
    /// <exception cref="DependencyUnavailableException">The consumer's store cannot be reached: no failure of the event.</exception>
    /// <exception cref="EventIdConflictException">Another event with the id has had its effect: no retry helps.</exception>
    Task<bool> HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken);
}
