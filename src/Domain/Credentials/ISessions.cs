using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Credentials;

/// <summary>The sessions of users, for features that open, use or end them.</summary>
public interface ISessions
{
    /// <summary>
    /// Opens a session: <c>session.created</c> and <c>auth.login</c>. Where the user has as many as are allowed, those that were not
    /// used for the longest time end.
    /// </summary>
    /// <param name="user">Whose it is, as read before the password was compared.</param>
    /// <param name="method">How the user signed in, one of <see cref="CredentialMethods"/>.</param>
    /// <param name="correlationId">The request's correlation id.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The session; or not found if the user was deleted or got another password, conflict, throttled, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<SessionRecord>> OpenAsync(Stored<UserRow> user, string method, string correlationId, CancellationToken cancellationToken);

    /// <summary>Uses a session: it must live and the settings must accept it, and it lives on for the idle timeout.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The session; or unauthenticated.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<SessionRecord>> UseAsync(string userId, string sessionId, CancellationToken cancellationToken);

    /// <summary>Lists a user's sessions that live, the oldest first.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<Page<SessionRecord>>> ListAsync(string userId, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Ends the session that a user signs out of: <c>auth.logout</c> and <c>session.expired</c>.</summary>
    /// <param name="principal">The user, in that session.</param>
    /// <param name="correlationId">The request's correlation id.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The session as it was; or unauthenticated, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<SessionRecord>> LogoutAsync(Principal principal, string correlationId, CancellationToken cancellationToken);

    /// <summary>Ends a session: <c>session.expired</c>.</summary>
    /// <param name="userId">Whose it is.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="correlationId">The request's correlation id.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The session as it was; or not found, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<SessionRecord>> RevokeAsync(string userId, string sessionId, string correlationId, CancellationToken cancellationToken);

    /// <summary>
    /// Commits a transaction that changes a user and revokes the user's sessions too. If a login commits at the same time, storage refuses either
    /// the login or this transaction. <see cref="EndRevokedAsync"/> then publishes the ends.
    /// </summary>
    /// <param name="transaction">
    /// The user's change. A transaction takes 100 operations; sessions beyond that are revoked before, and stay so if it is refused.
    /// </param>
    /// <param name="exceptId">The session that goes on; null for none.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>False if a row has changed since it was read.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<bool> TryRevokeWithAsync(Transaction transaction, string? exceptId, CancellationToken cancellationToken);

    /// <summary>Ends the revoked sessions of a user: <c>session.expired</c>.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="correlationId">The request's correlation id.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Null when all have ended; else what kept one from it.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Failure?> EndRevokedAsync(string userId, string correlationId, CancellationToken cancellationToken);

    /// <summary>Ends all sessions of a user: <c>session.expired</c>.</summary>
    /// <inheritdoc cref="EndRevokedAsync"/>
    Task<Failure?> EndAllAsync(string userId, string correlationId, CancellationToken cancellationToken);
}
