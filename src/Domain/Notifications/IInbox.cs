using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Notifications;

/// <summary>Keeps each user's notifications.</summary>
public interface IInbox
{
    /// <summary>Adds a notification once, however often it is called with it.</summary>
    /// <param name="userId">Whose inbox; any producer's form of id.</param>
    /// <param name="notification">The notification.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>When it is in the inbox.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task AddAsync(string userId, Notification notification, CancellationToken cancellationToken);

    /// <summary>Reads an inbox in the order of its sequence.</summary>
    /// <param name="userId">Whose inbox.</param>
    /// <param name="after">Only what has a greater sequence.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="wait">How long to wait for something to come where there is nothing.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The notifications.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    Task<IReadOnlyList<Notification>> ReadAsync(string userId, long after, int limit, TimeSpan wait, CancellationToken cancellationToken);
}
