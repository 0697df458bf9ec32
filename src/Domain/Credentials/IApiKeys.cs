using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Credentials;

/// <summary>The API keys of users, for features that use or revoke them.</summary>
public interface IApiKeys
{
    /// <summary>Lists a user's keys, the oldest first.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<Page<ApiKeyRecord>>> ListAsync(string userId, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Revokes a key: <c>apikey.revoked</c>. The gateway refuses it from then on.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="keyId">The key's id.</param>
    /// <param name="actor">The caller.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The key as it was; or not found, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<ApiKeyRecord>> RevokeAsync(string userId, string keyId, Actor actor, CancellationToken cancellationToken);

    /// <summary>Revokes all keys of a user.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="actor">The caller.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Null when all are revoked; else the failure.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Failure?> RevokeAllAsync(string userId, Actor actor, CancellationToken cancellationToken);

    /// <summary>Checks a key. Its owner must exist. For the administrator of the settings, the password must be that of the key's creation.</summary>
    /// <param name="text">The text from the client.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The key's row with the owner's current role, and null; or the reason for the rejection, with the row if the key was once valid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<(ApiKeyRow? Row, Failure.Unauthenticated? Rejected)> UseAsync(string text, CancellationToken cancellationToken);
}
