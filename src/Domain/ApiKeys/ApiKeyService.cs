using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Quotas;

namespace McpFunctions.Domain.ApiKeys;

/// <summary>Issues, checks and revokes API keys. A key is valid as long as its row exists.</summary>
/// <param name="state">Reads keys.</param>
/// <param name="publisher">Writes keys with their events.</param>
/// <param name="idempotency">Issues one key for each request.</param>
/// <param name="users">The owners.</param>
/// <param name="limits">The most keys of a user.</param>
/// <param name="time">The clock.</param>
public sealed class ApiKeyService(
    IStateStore state, IEventPublisher publisher, IdempotencyService idempotency, UserDirectory users, ApiKeyLimits limits, TimeProvider time) : IApiKeys
{
    // The shortest time between two writes of the last use.
    private static readonly TimeSpan UseInterval = TimeSpan.FromMinutes(1);

    // Compared if no key has the id, so that the time is the same.
    private static readonly string NoHash = new('0', 64);

    /// <summary>Issues a key: <c>apikey.created</c>.</summary>
    /// <param name="principal">The owner.</param>
    /// <param name="actor">The owner, in this request.</param>
    /// <param name="name">The name that the owner gives it.</param>
    /// <param name="scopes">The scopes that the key gets.</param>
    /// <param name="expiresAt">The time at which it expires, in ISO 8601; null for never.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The key; or rejected, quota exceeded, unauthenticated, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<IssuedApiKey>> CreateAsync(
        Principal principal, Actor actor, string? name, IReadOnlyList<string?>? scopes, string? expiresAt, CancellationToken cancellationToken)
    {
        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        IReadOnlyList<string> allowed = Scopes.Of(principal.Role);
        string scopesProblem = $"Send at least one scope, of those that you may give: {string.Join(", ", allowed)}.";
        DateTimeOffset end = default;
        if (new FieldErrors()
            .Check<CreateApiKeyRequest>(nameof(CreateApiKeyRequest.Name), name)
            .Check<CreateApiKeyRequest>(nameof(CreateApiKeyRequest.Scopes), scopes, scopesProblem)
            .Check("scopes", () => scopes!.Except(allowed).Any() ? scopesProblem : null)
            .Check(
                expiresAt is null || (Timestamps.TryParse(expiresAt, out end) && end > now),
                "expiresAt",
                "Send a time to come in RFC 3339, for example 2036-01-17T09:30:00Z, or leave it out for a key that does not end.")
            .Failure is { } invalid)
        {
            return invalid;
        }

        var record = new ApiKeyRecord
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Name = name!,
            Scopes = [.. allowed.Where(scope => scopes!.Contains(scope))],
            CreatedAt = now,
            ExpiresAt = expiresAt is null ? null : end,
        };
        string key = ApiKeyText.New(record.Id);
        ApiKeyText.TryRead(key, out _, out string secretHash);

        if (await idempotency.FindAsync<ApiKeyRecord>(actor, cancellationToken) is { } repeated)
        {
            return Repeated(repeated);
        }

        UserRow? owner = await users.FindAsync(principal.UserId, cancellationToken);
        if (owner is null)
        {
            return SessionRecord.Ended();
        }

        // Write the look-up before the key: a key without a look-up would be listed but never accepted.
        await state.TryWriteAsync(
            new Transaction(ApiKeyKeys.Owner(record.Id)).Insert(ApiKeyKeys.Lookup, new ApiKeyOwner(principal.UserId)), cancellationToken);
        var row = new ApiKeyRow(record, owner.Id, owner.Username, owner.Role, secretHash)
        {
            PasswordVersion = users.IsOfSettings(owner.Id) ? owner.PasswordVersion : null,
        };
        Outcome<ApiKeyRecord> issued = await IssueAsync(actor, row, cancellationToken);
        if (issued.Failure is Failure.Unavailable)
        {
            return issued.Failure;
        }

        if (issued.Failure is not null || issued.Value.Id != record.Id)
        {
            await DeleteLookupAsync(record.Id, cancellationToken);
            return Repeated(issued);
        }

        // A deletion marks the user first and then revokes the keys. This key may have come after that.
        if (await users.FindAsync(principal.UserId, cancellationToken) is null)
        {
            await RevokeAsync(principal.UserId, record.Id, actor, cancellationToken);
            return SessionRecord.Ended();
        }

        return new IssuedApiKey(record, key);
    }

    private async Task<Outcome<ApiKeyRecord>> IssueAsync(Actor actor, ApiKeyRow row, CancellationToken cancellationToken)
    {
        ApiKeyRecord key = row.Key;
        return await ConflictRetry.RunAsync<ApiKeyRecord>(new Failure.Conflict("Another request is changing your API keys. Retry."), async () =>
        {
            Stored<UsageRow>? usage = await state.FindUsageAsync(row.UserId, Usage.ApiKeys, usage => usage.Count >= limits.MaxPerUser, cancellationToken);
            if (usage?.Value.Count >= limits.MaxPerUser)
            {
                return new Failure.QuotaExceeded($"You have {usage.Value.Count} API keys; at most {limits.MaxPerUser} are allowed. Revoke a key that you no longer need.");
            }

            return await idempotency.CommitAsync(
                actor,
                new Transaction(StateKeys.User(row.UserId))
                    .Insert(ApiKeyKeys.RowPrefix + key.Id, row)
                    .SetUsage(Usage.ApiKeys, usage, (usage?.Value ?? Usage.None).Plus(1, 0))
                    .Publish(DomainEvent.Create(
                        new ApiKeyCreated(key.Id, key.Name, key.Scopes, key.ExpiresAt, row.UserId), key.CreatedAt, row.UserId, actor.CorrelationId)),
                key,
                cancellationToken);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Outcome<Page<ApiKeyRecord>>> ListAsync(string userId, PageRequest page, CancellationToken cancellationToken) =>
        state.PageAsync<ApiKeyRow, ApiKeyRecord>(StateKeys.User(userId), ApiKeyKeys.RowPrefix, page, row => row.Key, _ => true, cancellationToken);

    /// <inheritdoc/>
    public async Task<Outcome<ApiKeyRecord>> RevokeAsync(string userId, string keyId, Actor actor, CancellationToken cancellationToken)
    {
        return await ConflictRetry.RunAsync<ApiKeyRecord>(new Failure.Conflict("Another request is using the API key. Retry."), async () =>
        {
            if (await state.FindByIdAsync<ApiKeyRow>(userId, ApiKeyKeys.RowPrefix, keyId, cancellationToken) is not { } stored)
            {
                return new Failure.NotFound();
            }

            ApiKeyRecord key = stored.Value.Key;
            Stored<UsageRow>? usage = await state.FindUsageAsync(userId, Usage.ApiKeys, cancellationToken);
            DomainEvent revoked = DomainEvent.Create(
                new ApiKeyRevoked(key.Id, key.Name, key.Scopes, key.ExpiresAt, actor.UserId), Timestamps.After(key.CreatedAt, time), userId, actor.CorrelationId);
            Transaction transaction = new Transaction(StateKeys.User(userId)).Delete(stored.Key, stored.ETag).SubtractOne(usage).Publish(revoked);
            Outcome<ApiKeyRecord>? outcome = ConflictRetry.OutcomeOf(await publisher.PublishAsync(transaction, cancellationToken), key);
            if (outcome is { Failure: null })
            {
                await DeleteLookupAsync(key.Id, cancellationToken);
            }

            return outcome;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Failure?> RevokeAllAsync(string userId, Actor actor, CancellationToken cancellationToken)
    {
        await foreach (Stored<ApiKeyRow> row in state.ListAsync<ApiKeyRow>(StateKeys.User(userId), ApiKeyKeys.RowPrefix, null, cancellationToken))
        {
            Outcome<ApiKeyRecord> revoked = await RevokeAsync(userId, row.Value.Key.Id, actor, cancellationToken);
            if (revoked.Failure is not (null or Failure.NotFound))
            {
                return revoked.Failure;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async Task<(ApiKeyRow? Row, Failure.Unauthenticated? Rejected)> UseAsync(string text, CancellationToken cancellationToken)
    {
        (Stored<ApiKeyRow>? stored, UserRow? owner) =
            ApiKeyText.TryRead(text, out string keyId, out string secretHash) ? await FindAsync(keyId, cancellationToken) : (null, null);
        if (!ApiKeyText.AreSame(stored?.Value.SecretHash ?? NoHash, secretHash))
        {
            return (null, new Failure.Unauthenticated("The API key is not valid.", RejectionReasons.InvalidKey));
        }

        ApiKeyRow row = stored!.Value;
        if (!users.AcceptsKey(owner, row.PasswordVersion))
        {
            return (row, new Failure.Unauthenticated("The API key is no longer valid.", RejectionReasons.InvalidKey));
        }

        row = row with { Role = owner.Role };
        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        if (row.Key.ExpiresAt <= now)
        {
            return (row, new Failure.Unauthenticated("The API key has expired.", RejectionReasons.ExpiredKey));
        }

        if (row.Key.LastUsedAt is not { } last || now - last >= UseInterval)
        {
            // Ignore a refusal: another request has just written the same, or the key is being revoked.
            await state.TryWriteAsync(
                new Transaction(StateKeys.User(row.UserId)).Replace(stored.Key, row with { Key = row.Key with { LastUsedAt = now } }, stored.ETag),
                cancellationToken);
        }

        return (row, null);
    }

    private static Outcome<IssuedApiKey> Repeated(Outcome<ApiKeyRecord> before) => before.Failure is { } failure ? failure : new IssuedApiKey(before.Value, null);

    // Read key and owner in parallel by their keys. One query for both would scan the rows between them.
    private async Task<(Stored<ApiKeyRow>? Row, UserRow? Owner)> FindAsync(string keyId, CancellationToken cancellationToken)
    {
        if (await state.FindAsync<ApiKeyOwner>(ApiKeyKeys.Owner(keyId), ApiKeyKeys.Lookup, cancellationToken) is not { } lookup)
        {
            return (null, null);
        }

        Task<UserRow?> findOwner = users.FindAsync(lookup.Value.UserId, cancellationToken);
        Task<Stored<ApiKeyRow>?> findKey = state.FindByIdAsync<ApiKeyRow>(lookup.Value.UserId, ApiKeyKeys.RowPrefix, keyId, cancellationToken);
        await Task.WhenAll(findOwner, findKey);
        return (await findKey, await findOwner);
    }

    // The key is already revoked, so a remaining look-up finds nothing.
    private async Task DeleteLookupAsync(string keyId, CancellationToken cancellationToken)
    {
        try
        {
            string partition = ApiKeyKeys.Owner(keyId);
            if (await state.FindAsync<ApiKeyOwner>(partition, ApiKeyKeys.Lookup, cancellationToken) is { } lookup)
            {
                await state.TryWriteAsync(new Transaction(partition).Delete(lookup.Key, lookup.ETag), cancellationToken);
            }
        }
        catch (DependencyUnavailableException)
        {
        }
    }
}
