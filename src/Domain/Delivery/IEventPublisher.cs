namespace McpFunctions.Domain.Delivery;

/// <summary>Commits state and events together, then publishes the events.</summary>
public interface IEventPublisher
{
    /// <summary>
    /// Does the part of a commit that depends on no row of state, so that it need not wait for them. The commit must follow within seconds, since the
    /// relay aborts what was only prepared.
    /// </summary>
    /// <param name="transaction">A transaction that has its events. It may get more writes until it is published.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is prepared.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task PrepareAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Removes what <see cref="PrepareAsync"/> has written for a transaction that will not be published.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <returns>When it is removed. Where storage is unavailable, the relay removes it.</returns>
    Task WithdrawAsync(Transaction transaction);

    /// <summary>
    /// Commits a transaction and publishes its events. Once storage has committed, the answer is
    /// <see cref="PublishOutcome.Committed"/>, also when Redis is down: the relay publishes what this call could not.
    /// </summary>
    /// <param name="transaction">State and events.</param>
    /// <param name="cancellationToken">Cancels the wait before the commit. After the commit the call goes on.</param>
    Task<PublishOutcome> PublishAsync(Transaction transaction, CancellationToken cancellationToken);
}
