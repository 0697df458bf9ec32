using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>Keeps the orchestrator's context of each user.</summary>
public interface IContextStore
{
    /// <summary>
    /// How long an ended entity is remembered. Until then a late event cannot bring it back; a fact that is older is
    /// not taken, since its entity's end may be forgotten already.
    /// </summary>
    static readonly TimeSpan TombstoneLife = TimeSpan.FromDays(7);

    /// <summary>Takes a fact into a user's context, where it is newer than what is known of its entity's phase.</summary>
    /// <param name="userId">Whose context; any producer's form of id.</param>
    /// <param name="fact">The fact.</param>
    /// <param name="isState">Whether it comes from state in storage: then it is true however old it is.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What came of it.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<FactOutcome> ApplyAsync(string userId, ContextFact fact, bool isState, CancellationToken cancellationToken);

    /// <summary>Reads a user's context.</summary>
    /// <param name="userId">Whose context; any producer's form of id.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The context; an empty one where nothing is known.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<ContextSnapshot> ReadAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Begins a rebuild from storage, where one is needed.</summary>
    /// <param name="userId">Whose context.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What <see cref="CompleteRebuildAsync"/> takes; null where the context is whole.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Says that a rebuild has added everything.</summary>
    /// <param name="userId">Whose context.</param>
    /// <param name="token">What <see cref="BeginRebuildAsync"/> gave.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is noted; the context counts as whole unless Redis lost something since the rebuild began.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken);

    /// <summary>Asks for a rebuild at the next read.</summary>
    /// <param name="userId">Whose context.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is noted.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task RequestRebuildAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Asks the store for a sign of life.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it has answered.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);
}
