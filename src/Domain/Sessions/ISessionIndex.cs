using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Sessions;

/// <summary>
/// Sessions by the time at which to look whether they have expired. It is written before the session, so that none is
/// missing; a session that is used is moved when its old time comes, so that using it costs nothing here.
/// </summary>
public interface ISessionIndex
{
    /// <summary>Puts a session into the index.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="userId">Whose it is.</param>
    /// <param name="dueAt">When to look at it.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is there.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task AddAsync(string sessionId, string userId, DateTimeOffset dueAt, CancellationToken cancellationToken);

    /// <summary>Reads what is due, the longest due first, however long nobody looked.</summary>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The sessions, fetched as they are asked for.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    IAsyncEnumerable<DueSession> ListDueAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Puts a session off to a later time.</summary>
    /// <param name="session">The session as it was read.</param>
    /// <param name="dueAt">When to look at it again.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is there.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task MoveAsync(DueSession session, DateTimeOffset dueAt, CancellationToken cancellationToken);

    /// <summary>Takes a session out of the index, if it is there.</summary>
    /// <param name="session">The session as it was read.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is out.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task RemoveAsync(DueSession session, CancellationToken cancellationToken);
}
