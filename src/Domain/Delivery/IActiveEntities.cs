using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Delivery;

/// <summary>What a feature stores of a user, for consumers that rebuild their state.</summary>
public interface IActiveEntities
{
    /// <summary>Lists what exists now.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The entities.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    IAsyncEnumerable<ActiveEntity> ListAsync(string userId, CancellationToken cancellationToken);
}
