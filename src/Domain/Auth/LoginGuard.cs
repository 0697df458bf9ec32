using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Auth;

/// <summary>
/// Counts logins per name and address, and locks a name or an address whose logins fail too often. Unknown names are
/// treated alike. An attempt counts before its password is checked, so that parallel guesses count too.
/// </summary>
/// <param name="state">Reads and writes the counts.</param>
/// <param name="publisher">Writes the count of a name with its <c>auth.failed</c>.</param>
/// <param name="limits">The limits.</param>
/// <param name="time">The clock.</param>
public sealed class LoginGuard(IStateStore state, IEventPublisher publisher, LockoutLimits limits, TimeProvider time)
{
    // Retries when others change the same row or take all places at the same time.
    private const int MaxBeginTries = 15;

    // More retries for an outcome, since a lost outcome counts as a failure.
    private const int MaxEndTries = 40;

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Checks whether a name or an address is locked, without counting. Saves the work for a login that cannot succeed.</summary>
    /// <param name="name">The name in its normal form.</param>
    /// <param name="address">The client's address; null if unknown.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Throttled if the name or the address is locked; else null.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Failure?> CheckAsync(string name, string? address, CancellationToken cancellationToken)
    {
        foreach (LockoutScope scope in Scopes(name, address))
        {
            if (RefusalOf(await ReadAsync(scope, cancellationToken), scope) is { } refused)
            {
                return refused;
            }
        }

        return null;
    }

    /// <summary>Counts an attempt, before its password is checked.</summary>
    /// <param name="name">The name in its normal form.</param>
    /// <param name="address">The client's address; null if unknown.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The attempt; or throttled, where the name or the address is locked or has too many attempts at this moment; unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<LoginAttempt>> BeginAsync(string name, string? address, CancellationToken cancellationToken)
    {
        var attempt = new LoginAttempt(Guid.NewGuid().ToString("N"), name, address);
        bool isCounted = false;
        try
        {
            foreach (LockoutScope scope in Scopes(name, address))
            {
                if (await ChangeAsync(scope, row => Begin(row, scope, attempt), null, MaxBeginTries, cancellationToken) is { } refused)
                {
                    return refused;
                }
            }

            isCounted = true;
            return attempt;
        }
        finally
        {
            if (!isCounted)
            {
                await ReleaseAsync(attempt);
            }
        }
    }

    /// <summary>Makes an attempt a failure, and publishes <c>auth.failed</c>.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="failed">The event's payload.</param>
    /// <param name="correlationId">The request's correlation id.</param>
    /// <returns>Null if it was counted; else throttled or unavailable. Then it counts as a failure a minute later.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Failure?> FailAsync(LoginAttempt attempt, AuthFailed failed, string correlationId)
    {
        DomainEvent? rejected = DomainEvent.Create(failed, time.GetUtcNow(), failed.UserId, correlationId);
        foreach (LockoutScope scope in Scopes(attempt.Name, attempt.Address))
        {
            // Without the caller's token, so that a client cannot avoid a failure by disconnecting.
            Failure? refused = await ChangeAsync(scope, row => Fail(row, scope, attempt), rejected, MaxEndTries, CancellationToken.None);
            if (refused is not null)
            {
                return refused;
            }

            rejected = null;
        }

        return null;
    }

    /// <summary>Gives an attempt back whose password was right, and forgets the failures of its name.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <returns>Null; or throttled where the attempt no longer counts as one of those that were allowed, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Failure?> SucceedAsync(LoginAttempt attempt)
    {
        foreach (LockoutScope scope in Scopes(attempt.Name, attempt.Address))
        {
            if (await ChangeAsync(scope, row => Succeed(row, scope, attempt), null, MaxEndTries, CancellationToken.None) is { } refused)
            {
                return refused;
            }
        }

        return null;
    }

    /// <summary>Gives an attempt back whose password was not checked. Where storage cannot be reached, it counts as a failure a minute later.</summary>
    /// <param name="attempt">The attempt.</param>
    public async Task ReleaseAsync(LoginAttempt attempt)
    {
        try
        {
            foreach (LockoutScope scope in Scopes(attempt.Name, attempt.Address))
            {
                await ChangeAsync(scope, row => new Change(Without(row, attempt), null), null, MaxEndTries, CancellationToken.None);
            }
        }
        catch (DependencyUnavailableException)
        {
            // Nothing was guessed, but the attempt counts as a failure a minute later.
        }
    }

    private IEnumerable<LockoutScope> Scopes(string name, string? address)
    {
        yield return new LockoutScope(LockoutKeys.OfName(name), limits.FailuresPerName, limits.LoginsPerName, IsName: true);
        if (address is not null)
        {
            yield return new LockoutScope(LockoutKeys.OfAddress(address), limits.FailuresPerAddress, limits.LoginsPerAddress, IsName: false);
        }
    }

    // Failures and pending attempts together never exceed the limit, so no more passwords are checked.
    private Change Begin(LockoutRow row, LockoutScope scope, LoginAttempt attempt) =>
        RefusalOf(row, scope) is { } refused ? new Change(null, refused)
        : row.Failures + row.Pending.Count >= scope.MaxFailures ? Change.Later
        : new Change(row with { Logins = row.Logins + 1, Pending = [.. row.Pending, new PendingLogin(attempt.Id, time.GetUtcNow())] }, null);

    // A timed-out attempt already counts as a failure.
    private Change Fail(LockoutRow row, LockoutScope scope, LoginAttempt attempt) =>
        new(IsPending(row, attempt) ? row.Without(attempt.Id).Fail(time.GetUtcNow(), scope.MaxFailures) : row, null);

    private Change Succeed(LockoutRow row, LockoutScope scope, LoginAttempt attempt) =>
        !IsPending(row, attempt) ? new Change(null, RefusalOf(row, scope) ?? Busy())
        : scope.IsName ? new Change(row.Without(attempt.Id) with { Failures = 0, LockedUntil = null }, null)
        : new Change(row.Without(attempt.Id), null);

    private static LockoutRow? Without(LockoutRow row, LoginAttempt attempt) => IsPending(row, attempt) ? row.Without(attempt.Id) : null;

    private static bool IsPending(LockoutRow row, LoginAttempt attempt) => row.Pending.Any(pending => pending.Id == attempt.Id);

    private Failure.Throttled? RefusalOf(LockoutRow row, LockoutScope scope)
    {
        DateTimeOffset now = time.GetUtcNow();
        return row.IsLocked(now) ? new Failure.Throttled(row.LockedUntil!.Value - now)
            : row.Logins >= scope.MaxLogins ? new Failure.Throttled(row.CountedSince + LockoutLimits.Window - now)
            : null;
    }

    private static Failure.Throttled Busy() => new(BusyRetryAfter);

    private async Task<LockoutRow> ReadAsync(LockoutScope scope, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        return (await FindAsync(scope, cancellationToken))?.Value.At(now, scope.MaxFailures) ?? LockoutRow.New(now);
    }

    private async Task<Failure?> ChangeAsync(
        LockoutScope scope, Func<LockoutRow, Change> decide, DomainEvent? domainEvent, int maxTries, CancellationToken cancellationToken)
    {
        Failure? refused = null;
        bool isDecided = await ConflictRetry.TryAsync(maxTries, async () =>
        {
            DateTimeOffset now = time.GetUtcNow();
            Stored<LockoutRow>? stored = await FindAsync(scope, cancellationToken);
            Change change = decide(stored?.Value.At(now, scope.MaxFailures) ?? LockoutRow.New(now));
            if (change.IsEnd)
            {
                refused = change.Refused;
                return true;
            }

            if (change.Row is not { } row)
            {
                return false;
            }

            var transaction = new Transaction(scope.Keys.Partition);
            PublishOutcome outcome = await WriteAsync(
                stored is null ? transaction.Insert(scope.Keys.Row, row) : transaction.Replace(scope.Keys.Row, row, stored.ETag), domainEvent, cancellationToken);
            refused = outcome == PublishOutcome.Unavailable ? new Failure.Unavailable() : null;
            return outcome != PublishOutcome.Refused;
        }, cancellationToken);
        return isDecided ? refused : Busy();
    }

    private async Task<PublishOutcome> WriteAsync(Transaction transaction, DomainEvent? domainEvent, CancellationToken cancellationToken) =>
        domainEvent is not null ? await publisher.PublishAsync(transaction.Publish(domainEvent), cancellationToken)
        : await state.TryWriteAsync(transaction, cancellationToken) ? PublishOutcome.Committed
        : PublishOutcome.Refused;

    private Task<Stored<LockoutRow>?> FindAsync(LockoutScope scope, CancellationToken cancellationToken) =>
        state.FindAsync<LockoutRow>(scope.Keys.Partition, scope.Keys.Row, cancellationToken);

    private sealed record LockoutScope(LockoutKeys Keys, int MaxFailures, int MaxLogins, bool IsName);

    // The new row; or the failure; or neither, to decide again a little later.
    private sealed record Change(LockoutRow? Row, Failure? Refused)
    {
        public static readonly Change Later = new(null, null) { IsLater = true };

        public bool IsLater { get; private init; }

        public bool IsEnd => Row is null && !IsLater;
    }
}
