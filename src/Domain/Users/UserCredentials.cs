using System.Text.Json.Nodes;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Users;

/// <summary>Sessions and API keys of any user, as administrators see and revoke them. Each look and each act is audited first.</summary>
/// <param name="state">Reads sessions and keys.</param>
/// <param name="sessions">The sessions.</param>
/// <param name="keys">The API keys.</param>
/// <param name="users">The users.</param>
/// <param name="actions">The audit log's actions.</param>
public sealed class UserCredentials(IStateStore state, ISessions sessions, IApiKeys keys, UserDirectory users, IActionLog actions)
{
    /// <summary>Lists a user's sessions that live, the oldest first.</summary>
    /// <param name="actor">The administrator.</param>
    /// <param name="userId">The user. One who does not exist any more may still have some: the administrator of the settings under a former name.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The part; or not found, rejected where the continuation token is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<Page<SessionRecord>>> ListSessionsAsync(Actor actor, string userId, PageRequest page, CancellationToken cancellationToken) =>
        await AuditedAsync(actor, userId, await sessions.ListAsync(userId, page, cancellationToken), cancellationToken);

    /// <summary>Lists a user's API keys, the oldest first.</summary>
    /// <inheritdoc cref="ListSessionsAsync"/>
    public async Task<Outcome<Page<ApiKeyRecord>>> ListKeysAsync(Actor actor, string userId, PageRequest page, CancellationToken cancellationToken) =>
        await AuditedAsync(actor, userId, await keys.ListAsync(userId, page, cancellationToken), cancellationToken);

    /// <summary>Ends a user's session.</summary>
    /// <param name="actor">The administrator.</param>
    /// <param name="userId">The user, who need not exist any more.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The session as it was; or not found, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<SessionRecord>> RevokeSessionAsync(Actor actor, string userId, string sessionId, CancellationToken cancellationToken)
    {
        if (await state.FindByIdAsync<SessionRecord>(userId, SessionRecord.RowPrefix, sessionId, cancellationToken) is null)
        {
            return new Failure.NotFound();
        }

        await actions.WriteAsync(actor, AdministratorActions.RevokeSession, sessionId, Details(userId), cancellationToken);
        return await sessions.RevokeAsync(userId, sessionId, actor.CorrelationId, cancellationToken);
    }

    /// <summary>Revokes a user's API key.</summary>
    /// <param name="actor">The administrator.</param>
    /// <param name="userId">The user, who need not exist any more.</param>
    /// <param name="keyId">The key's id.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The key as it was; or not found, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<ApiKeyRecord>> RevokeKeyAsync(Actor actor, string userId, string keyId, CancellationToken cancellationToken)
    {
        if (await state.FindByIdAsync<ApiKeyRow>(userId, ApiKeyKeys.RowPrefix, keyId, cancellationToken) is null)
        {
            return new Failure.NotFound();
        }

        await actions.WriteAsync(actor, AdministratorActions.RevokeApiKey, keyId, Details(userId), cancellationToken);
        return await keys.RevokeAsync(userId, keyId, actor, cancellationToken);
    }

    // Read first, since a refused request leaves no audit line. Respond only after the line is stored.
    private async Task<Outcome<Page<T>>> AuditedAsync<T>(Actor actor, string userId, Outcome<Page<T>> page, CancellationToken cancellationToken)
    {
        if (page.Failure is null)
        {
            if (page.Value.Items.Count == 0 && await users.FindAsync(userId, cancellationToken) is null)
            {
                return new Failure.NotFound();
            }

            await actions.WriteAsync(actor, AdministratorActions.ReadCredentials, userId, Details(userId), cancellationToken);
        }

        return page;
    }

    private static JsonObject Details(string userId) => new() { ["userId"] = userId };
}
