using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Quotas;

namespace McpFunctions.Domain.Sessions;

/// <summary>Opens, uses and ends sessions. A session lives as long as its row, and the deletion of the row publishes the end.</summary>
/// <param name="state">Reads sessions.</param>
/// <param name="publisher">Writes sessions with their events.</param>
/// <param name="index">Sessions by the time of their end.</param>
/// <param name="users">The users that sessions belong to.</param>
/// <param name="limits">The limits of sessions.</param>
/// <param name="time">The clock.</param>
public sealed class SessionService(IStateStore state, IEventPublisher publisher, ISessionIndex index, UserDirectory users, SessionLimits limits, TimeProvider time)
    : ISessions
{
    /// <inheritdoc/>
    public async Task<Outcome<SessionRecord>> OpenAsync(Stored<UserRow> user, string method, string correlationId, CancellationToken cancellationToken)
    {
        string userId = user.Value.Id;
        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        DateTimeOffset endsAt = now + limits.Lifetime;
        var session = new SessionRecord
        {
            Id = Guid.CreateVersion7(now).ToString(),
            UserId = userId,
            Username = user.Value.Username,
            Role = user.Value.Role,
            Method = method,
            PasswordVersion = user.Value.PasswordVersion,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = Earlier(now + limits.IdleTimeout, endsAt),
            EndsAt = endsAt,
        };
        // Write the index before the session: a session without an index entry would never expire.
        await index.AddAsync(session.Id, userId, session.ExpiresAt, cancellationToken);
        Stored<UserRow>? current = user;
        // At the last try, others still sign in as this user.
        return await ConflictRetry.RunAsync<SessionRecord>(new Failure.Throttled(TimeSpan.FromSeconds(1)), async () =>
        {
            current ??= await users.RefreshAsync(user, cancellationToken);
            if (current is null)
            {
                return new Failure.NotFound();
            }

            Stored<UsageRow>? usage = await state.FindUsageAsync(userId, Usage.Sessions, row => row.Count >= limits.MaxPerUser, cancellationToken);
            UsageRow before = usage?.Value ?? Usage.None;
            if (before.Count >= limits.MaxPerUser)
            {
                Outcome<int> found = await EndLeastUsedAsync(userId, correlationId, cancellationToken);
                if (found.Failure is { } failure)
                {
                    return failure;
                }

                if (found.Value >= limits.MaxPerUser)
                {
                    // The ends have changed the count: read it again.
                    return null;
                }

                // Correct a count that is too high. Storage refuses it if others have changed the row since it was read.
                before = new UsageRow(found.Value, 0);
            }

            Transaction transaction = users.RequireUnchanged(new Transaction(StateKeys.User(userId)), current)
                .Insert(SessionRecord.RowPrefix + session.Id, session)
                .SetUsage(Usage.Sessions, usage, before.Plus(1, 0))
                .Publish(DomainEvent.Create(new SessionCreated(session.Id, userId, endsAt), now, userId, correlationId))
                .Publish(DomainEvent.Create(new AuthLogin(userId, session.Username, method, session.Id), now, userId, correlationId));
            // A refused transaction may mean that the user has changed: read it again.
            current = null;
            return ConflictRetry.OutcomeOf(await publisher.PublishAsync(transaction, cancellationToken), session);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Outcome<SessionRecord>> UseAsync(string userId, string sessionId, CancellationToken cancellationToken)
    {
        if (await ReadAsync(userId, sessionId, cancellationToken) is not { } stored || !IsAlive(stored.Value) || !users.AcceptsSession(stored.Value))
        {
            return SessionRecord.Ended();
        }

        SessionRecord session = stored.Value;
        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        if (now - session.LastSeenAt < limits.TouchInterval)
        {
            return session;
        }

        SessionRecord seen = session with { LastSeenAt = now, ExpiresAt = Earlier(now + limits.IdleTimeout, session.EndsAt) };
        // Refused: another request has just written the same, or the session is ending at this moment.
        await state.TryWriteAsync(new Transaction(StateKeys.User(userId)).Replace(stored.Key, seen, stored.ETag), cancellationToken);
        return seen;
    }

    /// <inheritdoc/>
    public Task<Outcome<Page<SessionRecord>>> ListAsync(string userId, PageRequest page, CancellationToken cancellationToken) =>
        state.PageAsync<SessionRecord, SessionRecord>(StateKeys.User(userId), SessionRecord.RowPrefix, page, session => session, IsAlive, cancellationToken);

    /// <inheritdoc/>
    public async Task<Outcome<SessionRecord>> LogoutAsync(Principal principal, string correlationId, CancellationToken cancellationToken)
    {
        Outcome<SessionRecord> ended = await EndAsync(principal.UserId, principal.SessionId!, SessionEnds.Logout, correlationId, cancellationToken);
        // It lived when the token was read, and another request has ended it since.
        return ended.Failure is Failure.NotFound ? SessionRecord.Ended() : ended;
    }

    /// <inheritdoc/>
    public Task<Outcome<SessionRecord>> RevokeAsync(string userId, string sessionId, string correlationId, CancellationToken cancellationToken) =>
        EndAsync(userId, sessionId, SessionEnds.Revoked, correlationId, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> TryRevokeWithAsync(Transaction transaction, string? exceptId, CancellationToken cancellationToken)
    {
        int room = Transaction.MaxOperations - transaction.Writes.Count;
        Stored<SessionRecord>[] open =
            await RowsAsync(transaction.Partition, cancellationToken).Where(row => row.Value.Id != exceptId && !row.Value.IsRevoked).ToArrayAsync(cancellationToken);
        foreach (Stored<SessionRecord>[] part in open.Skip(room).Chunk(Transaction.MaxOperations))
        {
            if (!await state.TryWriteAsync(Revoke(new Transaction(transaction.Partition), part), cancellationToken))
            {
                return false;
            }
        }

        return await state.TryWriteAsync(Revoke(transaction, open.Take(room)), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Failure?> EndRevokedAsync(string userId, string correlationId, CancellationToken cancellationToken) =>
        EndEachAsync(userId, SessionsAsync(userId, cancellationToken).Where(session => session.IsRevoked), correlationId, cancellationToken);

    /// <inheritdoc/>
    public Task<Failure?> EndAllAsync(string userId, string correlationId, CancellationToken cancellationToken) =>
        EndEachAsync(userId, SessionsAsync(userId, cancellationToken), correlationId, cancellationToken);

    /// <summary>Ends an expired session. Leaves an open session alone.</summary>
    /// <param name="due">The session.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The session as it is or was; or not found, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<Outcome<SessionRecord>> ExpireAsync(DueSession due, CancellationToken cancellationToken) =>
        EndAsync(due.UserId, due.SessionId, SessionEnds.Idle, null, cancellationToken);

    private bool IsAlive(SessionRecord session) => session.IsAliveAt(time.GetUtcNow());

    private async Task<Failure?> EndEachAsync(
        string userId, IAsyncEnumerable<SessionRecord> sessions, string correlationId, CancellationToken cancellationToken)
    {
        await foreach (SessionRecord session in sessions)
        {
            Outcome<SessionRecord> ended = await RevokeAsync(userId, session.Id, correlationId, cancellationToken);
            if (ended.Failure is not (null or Failure.NotFound))
            {
                return ended.Failure;
            }
        }

        return null;
    }

    // Delete the row under its ETag, so that the session ends once. Other callers are refused and then find no row.
    private async Task<Outcome<SessionRecord>> EndAsync(string userId, string sessionId, string reason, string? correlationId, CancellationToken cancellationToken)
    {
        return await ConflictRetry.RunAsync<SessionRecord>(new Failure.Conflict("Another request is using the session. Retry."), async () =>
        {
            if (await ReadAsync(userId, sessionId, cancellationToken) is not { } stored)
            {
                return new Failure.NotFound();
            }

            SessionRecord session = stored.Value;
            if (reason == SessionEnds.Idle && IsAlive(session))
            {
                return session;
            }

            DateTimeOffset now = Timestamps.After(session.CreatedAt, time);
            DateTimeOffset endedAt = Earlier(now, session.ExpiresAt);
            // A sweep ends what a deletion or a new password has revoked, if its end could not be published at once.
            string published = reason == SessionEnds.Idle && session.IsRevoked ? SessionEnds.Revoked : reason;
            Stored<UsageRow>? usage = await state.FindUsageAsync(userId, Usage.Sessions, cancellationToken);
            Transaction transaction = new Transaction(StateKeys.User(userId)).Delete(stored.Key, stored.ETag).SubtractOne(usage);
            if (reason == SessionEnds.Logout)
            {
                transaction.Publish(DomainEvent.Create(new AuthLogout(userId, session.Username, session.Method, session.Id), now, userId, correlationId));
            }

            transaction.Publish(DomainEvent.Create(new SessionExpired(session.Id, userId, endedAt, published), now, userId, correlationId));
            return ConflictRetry.OutcomeOf(await publisher.PublishAsync(transaction, cancellationToken), session);
        }, cancellationToken);
    }

    // Makes room for one more, and returns how many there were.
    private async Task<Outcome<int>> EndLeastUsedAsync(string userId, string correlationId, CancellationToken cancellationToken)
    {
        SessionRecord[] sessions = await SessionsAsync(userId, cancellationToken).ToArrayAsync(cancellationToken);
        // Those that have ended already, but have their rows still, go first.
        IEnumerable<SessionRecord> tooMany = sessions.OrderBy(IsAlive).ThenBy(session => session.LastSeenAt).Take(Math.Max(0, sessions.Length - limits.MaxPerUser + 1));
        return await EndEachAsync(userId, tooMany.ToAsyncEnumerable(), correlationId, cancellationToken) is { } failure ? failure : sessions.Length;
    }

    // Their time ends too: an instance of an earlier version reads only that.
    private Transaction Revoke(Transaction transaction, IEnumerable<Stored<SessionRecord>> sessions)
    {
        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        return sessions.Aggregate(transaction, (all, session) => all.Replace(
            session.Key, session.Value with { IsRevoked = true, ExpiresAt = Earlier(now, session.Value.ExpiresAt) }, session.ETag));
    }

    private IAsyncEnumerable<SessionRecord> SessionsAsync(string userId, CancellationToken cancellationToken) =>
        RowsAsync(StateKeys.User(userId), cancellationToken).Select(row => row.Value);

    private IAsyncEnumerable<Stored<SessionRecord>> RowsAsync(string partition, CancellationToken cancellationToken) =>
        state.ListAsync<SessionRecord>(partition, SessionRecord.RowPrefix, null, cancellationToken);

    private Task<Stored<SessionRecord>?> ReadAsync(string userId, string sessionId, CancellationToken cancellationToken) =>
        state.FindByIdAsync<SessionRecord>(userId, SessionRecord.RowPrefix, sessionId, cancellationToken);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
