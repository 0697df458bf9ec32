using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Users;

/// <summary>Creates, lists and deletes users. The audit log has each action before its effect.</summary>
/// <param name="state">Reads and writes users.</param>
/// <param name="directory">Knows the administrator of the settings, too.</param>
/// <param name="passwords">Hashes passwords.</param>
/// <param name="gate">Limits how many are hashed at once.</param>
/// <param name="cleanup">Marks deleted users and removes what they leave.</param>
/// <param name="actions">The audit log's actions.</param>
/// <param name="idempotency">Makes one user for each request.</param>
/// <param name="time">The clock.</param>
public sealed class UserService(
    IStateStore state, UserDirectory directory, IPasswords passwords, HashingGate gate, UserCleanup cleanup, IActionLog actions, IdempotencyService idempotency, TimeProvider time)
{
    // The user of a name that is taken, but whose making broke off, is written well within this time.
    private static readonly TimeSpan ReservationTime = TimeSpan.FromMinutes(1);

    /// <summary>Creates a user.</summary>
    /// <param name="actor">The administrator.</param>
    /// <param name="username">The name as the client sent it.</param>
    /// <param name="password">The password as the client sent it.</param>
    /// <param name="role">The role as the client sent it; null for <see cref="Roles.User"/>.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The user; or rejected, throttled, conflict.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<UserRecord>> CreateAsync(Actor actor, string? username, string? password, string? role, CancellationToken cancellationToken)
    {
        role ??= Roles.User;
        if (new FieldErrors()
            .Check<CreateUserRequest>(nameof(CreateUserRequest.Username), username)
            .Check<CreateUserRequest>(nameof(CreateUserRequest.Password), password)
            .Check("password", () => PasswordRule.ProblemOf(password!, username))
            .Check<CreateUserRequest>(nameof(CreateUserRequest.Role), role)
            .Failure is { } invalid)
        {
            return invalid;
        }

        using IDisposable? place = await gate.EnterAsync(cancellationToken);
        if (place is null)
        {
            return new Failure.Throttled(HashingGate.RetryAfter);
        }

        bool isRepeated = true;
        Outcome<UserRecord> made = await idempotency.RunAsync(
            actor,
            id =>
            {
                isRepeated = false;
                return MakeAsync(actor, id.ToString("D"), username!, password!, role, cancellationToken);
            },
            cancellationToken);
        // The stored request lacks the password, so compare it with the user's hash.
        return isRepeated && made.Failure is null
            && await state.FindAsync<UserRow>(StateKeys.User(made.Value.Id), UserKeys.Profile, cancellationToken) is { } user
            && passwords.Verify(user.Value.PasswordHash, password!) == PasswordCheckResult.Wrong
            ? new Failure.Conflict("This Idempotency-Key belongs to a request with another password. Use a new key.")
            : made;
    }

    /// <summary>Lists the users in the order of their names, the administrator of the settings among them.</summary>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<Outcome<Page<UserRecord>>> ListAsync(PageRequest page, CancellationToken cancellationToken) =>
        page.FillAsync(place => place.StartsWith(UserKeys.NamePrefix, StringComparison.Ordinal), after => ListAsync(after, cancellationToken));

    private async IAsyncEnumerable<(string Partition, UserRecord User)> ListAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        UserRecord ofSettings = directory.AdministratorOfSettings;
        string place = UserKeys.NamePrefix + Username.Normalize(ofSettings.Username);
        bool isToCome = string.CompareOrdinal(place, after) > 0;
        await foreach ((string partition, Stored<UserRecord> row) in state.ListPartitionsAsync<UserRecord>(
            UserKeys.NamePrefix, UserKeys.Lookup, after, cancellationToken))
        {
            if (isToCome && string.CompareOrdinal(place, partition) <= 0)
            {
                isToCome = false;
                yield return (place, ofSettings);
            }

            // A user with the name of the administrator of the settings cannot sign in.
            if (partition != place)
            {
                yield return (partition, row.Value);
            }
        }

        if (isToCome)
        {
            yield return (place, ofSettings);
        }
    }

    /// <summary>
    /// Deletes a user by one transaction that marks the user and revokes the sessions. From then on no credential of the user is valid.
    /// <see cref="UserCleanup"/> removes the rest later, also after a crash.
    /// </summary>
    /// <param name="actor">The administrator.</param>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the operation before the mark.</param>
    /// <returns>The user as it was; or not found, conflict.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<UserRecord>> DeleteAsync(Actor actor, string userId, CancellationToken cancellationToken)
    {
        if (directory.IsOfSettings(userId))
        {
            return new Failure.Conflict("This administrator comes from the settings of the gateway. Remove it there.");
        }

        bool isAudited = false;
        return await ConflictRetry.RunAsync<UserRecord>(new Failure.Conflict("Another request is changing the user. Retry."), async () =>
        {
            if (await directory.FindStoredAsync(userId, cancellationToken) is not { } stored)
            {
                return new Failure.NotFound();
            }

            UserRow user = stored.Value;
            if (!isAudited)
            {
                isAudited = true;
                await actions.WriteAsync(
                    actor, AdministratorActions.DeleteUser, user.Id, new JsonObject { ["userId"] = user.Id, ["username"] = user.Username, ["role"] = user.Role }, cancellationToken);
            }

            if (!await cleanup.TryBeginAsync(stored, actor, cancellationToken))
            {
                return null;
            }

            await ReleaseNameAsync(user);
            return new UserRecord(user.Id, user.Username, user.Role, user.CreatedAt);
        }, cancellationToken);
    }

    // The clean-up frees the name too. Free it here so that it is available at once.
    private async Task ReleaseNameAsync(UserRow user)
    {
        try
        {
            await cleanup.ReleaseNameAsync(user.Id, user.Username, CancellationToken.None);
        }
        catch (DependencyUnavailableException)
        {
        }
    }

    // The same id makes a repeated creation continue where it stopped.
    private async Task<Outcome<UserRecord>> MakeAsync(Actor actor, string id, string username, string password, string role, CancellationToken cancellationToken)
    {
        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        if (await ReserveAsync(new UserRecord(id, username, role, now), cancellationToken) is not { } user)
        {
            return new Failure.Conflict("A user of that name already exists.");
        }

        // The name is reserved, but the user does not exist yet.
        await actions.WriteAsync(
            actor, AdministratorActions.CreateUser, user.Id, new JsonObject { ["userId"] = user.Id, ["username"] = username, ["role"] = role }, cancellationToken);
        var row = new UserRow { Id = user.Id, Username = user.Username, Role = user.Role, CreatedAt = user.CreatedAt, PasswordHash = passwords.Hash(password), PasswordVersion = UserRow.NewPasswordVersion() };
        await state.TryWriteAsync(new Transaction(StateKeys.User(user.Id)).Insert(UserKeys.Profile, row), cancellationToken);
        return user;
    }

    // Reserve the name first, so that only one of two requests gets it.
    private async Task<UserRecord?> ReserveAsync(UserRecord user, CancellationToken cancellationToken)
    {
        string name = Username.Normalize(user.Username);
        string partition = UserKeys.Name(name);
        if (directory.IsAdministratorOfSettings(name))
        {
            return null;
        }

        if (await state.FindAsync<UserRecord>(partition, UserKeys.Lookup, cancellationToken) is not { } taken)
        {
            return await state.TryWriteAsync(new Transaction(partition).Insert(UserKeys.Lookup, user), cancellationToken) ? user : null;
        }

        if (taken.Value.Id == user.Id)
        {
            return taken.Value;
        }

        // A name that a crash left reserved becomes free again.
        bool isAbandoned = taken.Value.CreatedAt + ReservationTime < time.GetUtcNow()
            && await state.FindAsync<UserRow>(StateKeys.User(taken.Value.Id), UserKeys.Profile, cancellationToken) is null;
        return isAbandoned && await state.TryWriteAsync(new Transaction(partition).Replace(UserKeys.Lookup, user, taken.ETag), cancellationToken) ? user : null;
    }
}
