using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Idempotency;

/// <summary>
/// Gives a request with an <c>Idempotency-Key</c> its effect once, however often it is sent. Its result is kept for
/// <see cref="Retention"/> in the partition of the user who asked; a request that failed leaves nothing and may be sent again.
/// </summary>
/// <param name="state">Reads and writes what came of requests.</param>
/// <param name="publisher">Writes it together with state and events.</param>
/// <param name="index">Says which rows may go.</param>
/// <param name="time">The clock.</param>
public sealed class IdempotencyService(IStateStore state, IEventPublisher publisher, IIdempotencyIndex index, TimeProvider time)
{
    /// <summary>The time that a request is remembered.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    // Longer than any request takes. After this time the claimant is gone, and another request may continue.
    private static readonly TimeSpan ClaimTimeout = TimeSpan.FromMinutes(2);

    /// <summary>The stored result of a request.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Null where the request has no key or is new; else what came of it, or a conflict where the key stands for another request.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<T>?> FindAsync<T>(Actor actor, CancellationToken cancellationToken)
        where T : class =>
        actor.IdempotencyKey is { } key && await ReadAsync<T>(actor.UserId, key, cancellationToken) is { } row && IsAlive(row.Value)
            ? ResultOf(row.Value, key)
            : default(Outcome<T>?);

    /// <summary>Commits state and events together with what comes of the request.</summary>
    /// <typeparam name="T">The type of the result, one of the types of rows.</typeparam>
    /// <param name="actor">Who asks.</param>
    /// <param name="transaction">State and events in the partition of the user who asks.</param>
    /// <param name="result">The result.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The result, also that of the same request sent at the same time; conflict; unavailable; or null if a row of the state has changed since it was read.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<T>?> CommitAsync<T>(Actor actor, Transaction transaction, T result, CancellationToken cancellationToken)
        where T : class
    {
        if (actor.IdempotencyKey is { } key)
        {
            DateTimeOffset now = time.GetUtcNow();
            Stored<IdempotencyRow<T>>? before = await ReadAsync<T>(actor.UserId, key, cancellationToken);
            if (before is not null && IsAlive(before.Value))
            {
                return ResultOf(before.Value, key);
            }

            var row = new IdempotencyRow<T>(key.RequestHash, null, now, result);
            await index.AddAsync(transaction.Partition, key.RowKey, now, cancellationToken);
            Write(transaction, key, before, row);
        }

        // After a refusal: the same request may have been faster.
        return ConflictRetry.OutcomeOf(await publisher.PublishAsync(transaction, cancellationToken), result) ?? await FindAsync<T>(actor, cancellationToken);
    }

    /// <summary>
    /// Does what cannot be committed together with the row: the request is claimed before and what came of it written
    /// afterwards. A crash in between has it done again with the same id, when the same request is sent again.
    /// </summary>
    /// <typeparam name="T">The type of the result, one of the types of rows.</typeparam>
    /// <param name="actor">Who asks.</param>
    /// <param name="run">Does it; doing it again with the same id must come to the same thing.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The result, new or stored; or the failure; or conflict, because the same request is running.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<T>> RunAsync<T>(Actor actor, Func<Guid, Task<Outcome<T>>> run, CancellationToken cancellationToken)
        where T : class
    {
        if (actor.IdempotencyKey is not { } key)
        {
            return await run(Guid.CreateVersion7(time.GetUtcNow()));
        }

        return await ConflictRetry.RunAsync<T>(Running, async () =>
        {
            DateTimeOffset now = time.GetUtcNow();
            Stored<IdempotencyRow<T>>? before = await ReadAsync<T>(actor.UserId, key, cancellationToken);
            bool isAlive = before is not null && IsAlive(before.Value);
            if (isAlive && (before!.Value.Result is not null || before.Value.RequestHash != key.RequestHash || before.Value.At + ClaimTimeout > now))
            {
                return ResultOf(before.Value, key);
            }

            var claim = new IdempotencyRow<T>(key.RequestHash, isAlive ? before!.Value.Id : Guid.CreateVersion7(now), now, null);
            await index.AddAsync(StateKeys.User(actor.UserId), key.RowKey, now, cancellationToken);
            return await state.TryWriteAsync(Write(new Transaction(StateKeys.User(actor.UserId)), key, before, claim), cancellationToken)
                ? await FinishAsync(actor, key, claim, await RunClaimedAsync(actor, key, claim, run))
                : default(Outcome<T>?);
        }, cancellationToken);
    }

    private static Failure.Conflict Running => new("The same request is still running. Send it again in a moment.");

    // A caller that disconnects repeats at once, and must get no conflict. After an outage a claim stays, since its request may still commit.
    private async Task<Outcome<T>> RunClaimedAsync<T>(Actor actor, IdempotencyKey key, IdempotencyRow<T> claim, Func<Guid, Task<Outcome<T>>> run)
        where T : class
    {
        try
        {
            return await run(claim.Id!.Value);
        }
        catch (OperationCanceledException)
        {
            await ReleaseAsync(actor, key, claim);
            throw;
        }
    }

    private async Task ReleaseAsync<T>(Actor actor, IdempotencyKey key, IdempotencyRow<T> claim)
        where T : class
    {
        try
        {
            if (await ReadAsync<T>(actor.UserId, key, CancellationToken.None) is { } mine && mine.Value.At == claim.At)
            {
                // It stays, for its id: with that, whatever was done already is done again to no effect.
                await state.TryWriteAsync(
                    new Transaction(StateKeys.User(actor.UserId)).Replace(key.RowKey, claim with { At = claim.At - ClaimTimeout }, mine.ETag), CancellationToken.None);
            }
        }
        catch (DependencyUnavailableException)
        {
            // The claim ends by its time.
        }
    }

    // From here on without the caller's token: the effect exists, and its result must be stored.
    private async Task<Outcome<T>> FinishAsync<T>(Actor actor, IdempotencyKey key, IdempotencyRow<T> claim, Outcome<T> outcome)
        where T : class
    {
        if (outcome.Failure is Failure.Unavailable || await ReadAsync<T>(actor.UserId, key, CancellationToken.None) is not { } mine || mine.Value.At != claim.At)
        {
            return outcome;
        }

        var transaction = new Transaction(StateKeys.User(actor.UserId));
        await state.TryWriteAsync(
            outcome.Failure is null ? transaction.Replace(key.RowKey, claim with { Result = outcome.Value }, mine.ETag) : transaction.Delete(key.RowKey, mine.ETag),
            CancellationToken.None);
        return outcome;
    }

    private bool IsAlive<T>(IdempotencyRow<T> row)
        where T : class => row.At + Retention > time.GetUtcNow();

    private Task<Stored<IdempotencyRow<T>>?> ReadAsync<T>(string userId, IdempotencyKey key, CancellationToken cancellationToken)
        where T : class => state.FindAsync<IdempotencyRow<T>>(StateKeys.User(userId), key.RowKey, cancellationToken);

    private static Outcome<T> ResultOf<T>(IdempotencyRow<T> row, IdempotencyKey key)
        where T : class =>
        row.RequestHash != key.RequestHash ? new Failure.Conflict("This Idempotency-Key belongs to another request. Use a new key for a new request.")
        : row.Result is null ? Running
        : row.Result;

    private static Transaction Write<T>(Transaction transaction, IdempotencyKey key, Stored<IdempotencyRow<T>>? before, IdempotencyRow<T> row)
        where T : class =>
        before is null ? transaction.Insert(key.RowKey, row) : transaction.Replace(key.RowKey, row, before.ETag);
}
