using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Auth;

/// <summary>Counts failed logins per name and per address, and locks what fails too often. Names that no user has are treated alike.</summary>
/// <param name="state">Reads and writes the counts.</param>
/// <param name="publisher">Writes the count of a name with its <c>auth.failed</c>.</param>
/// <param name="limits">How many failures are too many.</param>
/// <param name="time">The clock.</param>
public sealed class LoginGuard(IStateStore state, IEventPublisher publisher, LockoutLimits limits, TimeProvider time)
{
    // Each try that loses has seen another failure counted, so that the lock comes before the tries run out.
    private int MaxTries => Math.Max(limits.FailuresPerName, limits.FailuresPerAddress) + 5;

    /// <summary>Whether a login may be looked at.</summary>
    /// <param name="name">The name in its normal form.</param>
    /// <param name="address">The client's address; null where it is not known.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Throttled where the name or the address is locked; null where neither is.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Failure?> CheckAsync(string name, string? address, CancellationToken cancellationToken) =>
        Locked((await ReadAsync(LockoutKeys.OfName(name), cancellationToken))?.Value)
        ?? (address is null ? null : Locked((await ReadAsync(LockoutKeys.OfAddress(address), cancellationToken))?.Value));

    /// <summary>Counts a failed login and publishes <c>auth.failed</c>.</summary>
    /// <param name="name">The name in its normal form.</param>
    /// <param name="failed">What is published.</param>
    /// <param name="origin">Where the login came from.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null where it was counted; throttled where others that failed at the same time have locked the name; unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Failure?> FailAsync(string name, AuthFailed failed, Origin origin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(failed);
        ArgumentNullException.ThrowIfNull(origin);
        DomainEvent rejected = DomainEvent.Create(failed, time.GetUtcNow(), failed.UserId, origin.CorrelationId);
        Failure? refused = await CountAsync(
            LockoutKeys.OfName(name), limits.FailuresPerName, transaction => publisher.PublishAsync(transaction.Publish(rejected), cancellationToken), cancellationToken);
        if (refused is null && origin.Address is not null)
        {
            await CountAsync(
                LockoutKeys.OfAddress(origin.Address),
                limits.FailuresPerAddress,
                async transaction => await state.TryWriteAsync(transaction, cancellationToken) ? PublishOutcome.Committed : PublishOutcome.Refused,
                cancellationToken);
        }

        return refused;
    }

    /// <summary>Forgets the failures of a name whose password was right.</summary>
    /// <param name="name">The name in its normal form.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Null; or throttled, where others that failed at the same time have locked the name: many guesses at once are no way around the limit.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Failure?> SucceedAsync(string name, CancellationToken cancellationToken)
    {
        LockoutKeys keys = LockoutKeys.OfName(name);
        if (await ReadAsync(keys, cancellationToken) is not { } stored)
        {
            return null;
        }

        if (Locked(stored.Value) is { } locked)
        {
            return locked;
        }

        // Refused: another failure has just been counted, and stays.
        await state.TryWriteAsync(new Transaction(keys.Partition).Delete(stored.Key, stored.ETag), cancellationToken);
        return null;
    }

    private async Task<Failure?> CountAsync(LockoutKeys keys, int limit, Func<Transaction, Task<PublishOutcome>> write, CancellationToken cancellationToken)
    {
        for (int tries = 0; tries < MaxTries; tries++)
        {
            Stored<LockoutRow>? stored = await ReadAsync(keys, cancellationToken);
            if (Locked(stored?.Value) is { } locked)
            {
                return locked;
            }

            LockoutRow row = Next(stored?.Value, limit);
            var transaction = new Transaction(keys.Partition);
            PublishOutcome outcome = await write(
                stored is null ? transaction.Insert(keys.Row, row) : transaction.Replace(keys.Row, row, stored.ETag));
            if (outcome != PublishOutcome.Refused)
            {
                return outcome == PublishOutcome.Committed ? null : new Failure.Unavailable();
            }
        }

        return new Failure.Unavailable();
    }

    private LockoutRow Next(LockoutRow? row, int limit)
    {
        DateTimeOffset now = time.GetUtcNow();
        LockoutRow counted = row is null || row.LockedUntil is not null || row.Since + LockoutLimits.Window <= now
            ? new LockoutRow(1, now, null)
            : row with { Failures = row.Failures + 1 };
        return counted.Failures >= limit ? counted with { LockedUntil = now + LockoutLimits.Window } : counted;
    }

    private Failure.Throttled? Locked(LockoutRow? row) =>
        row?.LockedUntil - time.GetUtcNow() is { } left && left > TimeSpan.Zero ? new Failure.Throttled(left) : null;

    private Task<Stored<LockoutRow>?> ReadAsync(LockoutKeys keys, CancellationToken cancellationToken) =>
        state.FindAsync<LockoutRow>(keys.Partition, keys.Row, cancellationToken);
}
