using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Notifications;

/// <summary>Keeps each user's notifications.</summary>
public interface IInbox
{
    /// <summary>The time that a notification is kept.</summary>
    static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    /// <summary>Adds a notification once, even if called again with it.</summary>
    /// <param name="userId">The owner; the id may have any producer's form.</param>
    /// <param name="notification">The notification.</param>
    /// <param name="isRebuilt">Whether it comes from a rebuild. Then a notification older than a day gets its own time as its sequence.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True if it was added, false if it existed already or is too old.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<bool> AddAsync(string userId, Notification notification, bool isRebuilt, CancellationToken cancellationToken);

    /// <summary>Reads an inbox in the order of its sequence.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="after">Reads only greater sequences; null for the newest.</param>
    /// <param name="limit">The most notifications.</param>
    /// <param name="wait">The time to wait for a notification if there is none.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The notifications.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<IReadOnlyList<Notification>> ReadAsync(string userId, long? after, int limit, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Begins a rebuild from storage if one is needed.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The token for <see cref="CompleteRebuildAsync"/>; null if the inbox is complete.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken);

    /// <summary>Marks a rebuild as finished.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="token">The token from <see cref="BeginRebuildAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when it is marked. The inbox counts as complete unless Redis lost something since the rebuild began.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken);

    /// <summary>Checks that the store answers.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);
}
