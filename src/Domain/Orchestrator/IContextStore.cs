using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>Keeps the orchestrator's context of each user.</summary>
public interface IContextStore
{
    /// <summary>
    /// The time that an ended entity is remembered, so that a late event cannot bring it back. An older fact is
    /// not taken, since the end of its entity may be forgotten.
    /// </summary>
    static readonly TimeSpan TombstoneRetention = TimeSpan.FromDays(7);

    /// <summary>Puts a fact into a user's context if it is newer than the stored fact of that phase.</summary>
    /// <param name="userId">The owner; the id may have any producer's form.</param>
    /// <param name="fact">The fact.</param>
    /// <param name="isState">Whether it comes from state in storage, which counts at any age.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<FactOutcome> ApplyAsync(string userId, ContextFact fact, bool isState, CancellationToken cancellationToken);

    /// <summary>Reads a user's context.</summary>
    /// <param name="userId">The owner; the id may have any producer's form.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The context; empty if nothing is known.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<ContextSnapshot> ReadAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Begins a rebuild from storage if one is needed.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The token for <see cref="CompleteRebuildAsync"/>; null if the context is complete.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Marks a rebuild as finished.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="token">The token from <see cref="BeginRebuildAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when it is marked. The context counts as complete unless Redis lost something since the rebuild began.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken);

    /// <summary>Asks for a rebuild at the next read.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task RequestRebuildAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Checks that the store answers.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);
}
