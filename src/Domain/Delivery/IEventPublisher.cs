namespace McpFunctions.Domain.Delivery;

/// <summary>Commits state and events together, then publishes the events.</summary>
public interface IEventPublisher
{
    /// <summary>
    /// Commits a transaction and publishes its events. Once storage has committed, the answer is
    /// <see cref="PublishOutcome.Committed"/>, also when Redis is down: the relay publishes what this call could not.
    /// </summary>
    /// <param name="transaction">State and events.</param>
    /// <param name="cancellationToken">Cancels the wait before the commit. After the commit the call goes on.</param>
    /// <returns>The outcome.</returns>
    Task<PublishOutcome> PublishAsync(Transaction transaction, CancellationToken cancellationToken);
}
