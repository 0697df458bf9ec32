using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Notifications;

/// <summary>Keeps each user's notifications.</summary>
public interface IInbox
{
    /// <summary>How long a notification is kept.</summary>
    static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    /// <summary>Adds a notification once, however often it is called with it.</summary>
    /// <param name="userId">Whose inbox; any producer's form of id.</param>
    /// <param name="notification">The notification.</param>
    /// <param name="isRebuilt">Whether it comes from a rebuild: then one that is older than a day gets its own time as its sequence.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True where it was put into the inbox, false where it was there before or is older than what is kept.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<bool> AddAsync(string userId, Notification notification, bool isRebuilt, CancellationToken cancellationToken);

    /// <summary>Reads an inbox in the order of its sequence.</summary>
    /// <param name="userId">Whose inbox.</param>
    /// <param name="after">Only what has a greater sequence; null for the newest.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="wait">How long to wait for something to come where there is nothing.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The notifications.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<IReadOnlyList<Notification>> ReadAsync(string userId, long? after, int limit, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Begins a rebuild from storage, where one is needed.</summary>
    /// <param name="userId">Whose inbox.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What <see cref="CompleteRebuildAsync"/> takes; null where the inbox is whole.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Says that a rebuild has added everything.</summary>
    /// <param name="userId">Whose inbox.</param>
    /// <param name="token">What <see cref="BeginRebuildAsync"/> gave.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is noted; the inbox counts as whole unless Redis lost something since the rebuild began.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken);

    /// <summary>Asks the store for a sign of life.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it has answered.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);
}
