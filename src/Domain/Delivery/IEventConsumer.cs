using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Delivery;

/// <summary>
/// Gives events their effect. Called by pub/sub functions, by recovery and by replays, several at once and in any order:
/// the effect is idempotent and does not depend on the order.
/// </summary>
public interface IEventConsumer
{
    /// <summary>The consumer's name in tables, keys, metrics and routes.</summary>
    string Name { get; }

    /// <summary>Gives an event its effect; done when the task is done, and never half done.</summary>
    /// <param name="domainEvent">The event.</param>
    /// <param name="cancellationToken">Its deadline.</param>
    /// <returns>When the effect is durable.</returns>
    /// <exception cref="DependencyUnavailableException">The consumer's store cannot be reached: no failure of the event.</exception>
    Task HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken);
}
