using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Users;

/// <summary>
/// Marks users as deleted, and removes the sessions, API keys, name and data of deleted users, in this order. Each step may run again, so that the next run
/// after a crash can start at the beginning. The deletion mark stays, without the password; so do events and audit lines.
/// </summary>
/// <param name="state">Reads and writes users.</param>
/// <param name="sessions">The users' sessions.</param>
/// <param name="keys">The users' API keys.</param>
/// <param name="data">Everything else that belongs to users.</param>
/// <param name="limits">The time that the data is kept.</param>
/// <param name="time">The clock.</param>
public sealed class UserCleanup(
    IStateStore state, ISessions sessions, IApiKeys keys, IEnumerable<IUserData> data, UserDataLimits limits, TimeProvider time)
{
    // Events of the clean-up itself, and those that were on their way, have reached every consumer by then.
    private static readonly TimeSpan LateEventsTimeout = TimeSpan.FromMinutes(15);

    // The entry is written just before the deletion mark, so the mark may still come.
    private static readonly TimeSpan UnmarkedLifetime = TimeSpan.FromHours(1);

    /// <summary>Marks a user as deleted and revokes the sessions, in one transaction.</summary>
    /// <param name="user">The user as it was read.</param>
    /// <param name="actor">The administrator.</param>
    /// <param name="cancellationToken">Cancels the operation before the mark.</param>
    /// <returns>False if another request has changed the user or its sessions.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<bool> TryBeginAsync(Stored<UserRow> user, Actor actor, CancellationToken cancellationToken)
    {
        UserRow row = user.Value;
        // Before the mark, so that the clean-up finds every marked user.
        return await TryAddAsync(new UserDeletion(row.Id, row.Username, actor.UserId, actor.CorrelationId, time.GetUtcNow()), cancellationToken)
            && await sessions.TryRevokeWithAsync(
                new Transaction(StateKeys.User(row.Id)).Replace(user.Key, row with { IsDeleted = true }, user.ETag), null, cancellationToken);
    }

    /// <summary>Lists the users who have yet to be removed.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The users, fetched as they are asked for.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public IAsyncEnumerable<Stored<UserDeletion>> ListAsync(CancellationToken cancellationToken) =>
        state.ListAsync<UserDeletion>(UserKeys.Deletions, UserKeys.DeletionPrefix, null, cancellationToken);

    /// <summary>Removes a user.</summary>
    /// <param name="entry">The user.</param>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <returns>Whether the user is gone; false where something has to wait for the next time.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<bool> RemoveAsync(Stored<UserDeletion> entry, CancellationToken cancellationToken)
    {
        UserDeletion deletion = entry.Value;
        string partition = StateKeys.User(deletion.UserId);
        Stored<UserRow>? user = await state.FindAsync<UserRow>(partition, UserKeys.Profile, cancellationToken);
        if (user is { Value.IsDeleted: false })
        {
            return deletion.RequestedAt + UnmarkedLifetime <= time.GetUtcNow() && await DropAsync(entry, cancellationToken);
        }

        if (await sessions.EndAllAsync(deletion.UserId, deletion.CorrelationId, cancellationToken) is not null
            || await keys.RevokeAllAsync(deletion.UserId, new Actor(deletion.DeletedBy, deletion.CorrelationId), cancellationToken) is not null)
        {
            return false;
        }

        await ReleaseNameAsync(deletion.UserId, deletion.Username, cancellationToken);
        if (user is { Value.PasswordHash.Length: > 0 })
        {
            await state.TryWriteAsync(new Transaction(partition).Replace(user.Key, user.Value with { PasswordHash = "" }, user.ETag), cancellationToken);
        }

        DateTimeOffset now = time.GetUtcNow();
        if (now < deletion.RequestedAt + limits.KeepFor || now < deletion.RemovedAt + LateEventsTimeout)
        {
            return false;
        }

        foreach (IUserData each in data)
        {
            if (!await each.RemoveAsync(deletion.UserId, deletion.CorrelationId, cancellationToken))
            {
                return false;
            }
        }

        return deletion.RemovedAt is not null
            ? await DropAsync(entry, cancellationToken)
            : await state.TryWriteAsync(
                new Transaction(UserKeys.Deletions).Replace(entry.Key, deletion with { RemovedAt = now }, entry.ETag), cancellationToken) && false;
    }

    /// <summary>Frees the name of a deleted user for somebody else.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="username">The user's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is free.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task ReleaseNameAsync(string userId, string username, CancellationToken cancellationToken)
    {
        string partition = UserKeys.Name(Username.Normalize(username));
        if (await state.FindAsync<UserRecord>(partition, UserKeys.Lookup, cancellationToken) is { } lookup && lookup.Value.Id == userId)
        {
            await state.TryWriteAsync(new Transaction(partition).Delete(lookup.Key, lookup.ETag), cancellationToken);
        }
    }

    private async Task<bool> TryAddAsync(UserDeletion deletion, CancellationToken cancellationToken)
    {
        string key = UserKeys.DeletionPrefix + deletion.UserId;
        // Write it again even if it exists, so that nobody deletes it now.
        Stored<UserDeletion>? before = await state.FindAsync<UserDeletion>(UserKeys.Deletions, key, cancellationToken);
        var transaction = new Transaction(UserKeys.Deletions);
        return await state.TryWriteAsync(before is null ? transaction.Insert(key, deletion) : transaction.Replace(key, deletion, before.ETag), cancellationToken);
    }

    private Task<bool> DropAsync(Stored<UserDeletion> entry, CancellationToken cancellationToken) =>
        state.TryWriteAsync(new Transaction(UserKeys.Deletions).Delete(entry.Key, entry.ETag), cancellationToken);
}
