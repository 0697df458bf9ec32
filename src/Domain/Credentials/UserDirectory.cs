using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Credentials;

/// <summary>Knows all users: those in storage, and the administrator of the settings.</summary>
/// <param name="state">Reads users.</param>
/// <param name="administrator">The administrator of the settings.</param>
public sealed class UserDirectory(IStateStore state, BootstrapAdministrator administrator)
{
    // Read if the user does not exist, so that an unknown name costs the same work.
    private static readonly string Nobody = Guid.Empty.ToString("D");

    /// <summary>The administrator of the settings, as administrators see a user.</summary>
    public UserRecord AdministratorOfSettings { get; } =
        new(administrator.Id, administrator.Username, Roles.Admin, DateTimeOffset.UnixEpoch);

    /// <summary>Whether a name is that of the administrator of the settings, and so nobody else's.</summary>
    /// <param name="name">The name in its normal form.</param>
    public bool IsAdministratorOfSettings(string name) => Username.Normalize(administrator.Username) == name;

    /// <summary>Whether a user is the administrator of the settings.</summary>
    /// <param name="userId">The user.</param>
    public bool IsOfSettings(string userId) => userId == administrator.Id;

    /// <summary>
    /// Whether the settings let a session count: one of their administrator with the password there, or one of a user of storage whose name they do
    /// not claim. A deletion or a new password of a user of storage revokes the session itself.
    /// </summary>
    /// <param name="session">The session.</param>
    public bool AcceptsSession(SessionRecord session) => BootstrapAdministrator.HasId(session.UserId, session.Username)
        ? IsOfSettings(session.UserId) && session.PasswordVersion == administrator.User.PasswordVersion
        : !IsAdministratorOfSettings(Username.Normalize(session.Username));

    /// <summary>Whether an API key counts: its owner is there, and of the administrator of the settings with the password of when it was issued.</summary>
    /// <param name="owner">The owner as it is now; null for none.</param>
    /// <param name="passwordVersion">The version of the password that the key names.</param>
    public bool AcceptsKey([NotNullWhen(true)] UserRow? owner, string? passwordVersion) =>
        owner is not null && passwordVersion == (IsOfSettings(owner.Id) ? owner.PasswordVersion : null);

    /// <summary>Finds who may sign in by a name.</summary>
    /// <param name="name">The name in its normal form, whatever a client sent.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The user; null if there is none. Both cases make the same reads.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Stored<UserRow>?> FindByNameAsync(string name, CancellationToken cancellationToken)
    {
        Stored<UserRecord>? lookup = await state.FindAsync<UserRecord>(UserKeys.Name(name), UserKeys.Lookup, cancellationToken);
        Stored<UserRow>? user = await state.FindAsync<UserRow>(StateKeys.User(lookup?.Value.Id ?? Nobody), UserKeys.Profile, cancellationToken);
        // Read for every name, so that the first login after a start costs the same work too.
        UserRow ofSettings = administrator.User;
        return IsAdministratorOfSettings(name) ? new Stored<UserRow>(UserKeys.Profile, ofSettings, "")
            : user is { Value.IsDeleted: false } ? user
            : null;
    }

    /// <summary>Finds a user by id.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The current user; null if it does not exist, was deleted, or has the name that the settings now give to their administrator.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<UserRow?> FindAsync(string userId, CancellationToken cancellationToken) =>
        IsOfSettings(userId) ? administrator.User
        : await FindStoredAsync(userId, cancellationToken) is { } user && !IsAdministratorOfSettings(Username.Normalize(user.Value.Username)) ? user.Value
        : null;

    /// <summary>Finds a user in storage, to change it.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The user; null if it does not exist or was deleted.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Stored<UserRow>?> FindStoredAsync(string userId, CancellationToken cancellationToken) =>
        await state.FindAsync<UserRow>(StateKeys.User(userId), UserKeys.Profile, cancellationToken) is { Value.IsDeleted: false } user ? user : null;

    /// <summary>Whether a user has been deleted. The events of such a user stay in storage, but must not bring back inbox and context.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True if the user is marked as deleted.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<bool> IsDeletedAsync(string userId, CancellationToken cancellationToken) =>
        await state.FindAsync<UserRow>(StateKeys.User(userId), UserKeys.Profile, cancellationToken) is { Value.IsDeleted: true };

    /// <summary>Whether a user is an administrator now, whatever a credential of former times says.</summary>
    /// <param name="userId">The user, in any producer's form.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<bool> IsAdministratorAsync(string userId, CancellationToken cancellationToken) =>
        IsOfSettings(userId) || await FindAsync(userId, cancellationToken) is { Role: Roles.Admin };

    /// <summary>Lists the administrators: that of the settings, and those in storage.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Their ids, fetched as they are asked for.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async IAsyncEnumerable<string> ListAdministratorsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return administrator.Id;
        await foreach ((_, Stored<UserRecord> user) in state.ListPartitionsAsync<UserRecord>(UserKeys.NamePrefix, UserKeys.Lookup, null, cancellationToken))
        {
            if (user.Value.Role == Roles.Admin)
            {
                yield return user.Value.Id;
            }
        }
    }

    /// <summary>Makes a transaction fail if the user has changed since it was read. The administrator of the settings changes only at a start.</summary>
    /// <param name="transaction">A transaction of the user's partition.</param>
    /// <param name="user">The user as it was read.</param>
    public Transaction RequireUnchanged(Transaction transaction, Stored<UserRow> user) =>
        IsOfSettings(user.Value.Id) ? transaction : transaction.Replace(user.Key, user.Value, user.ETag);

    /// <summary>Reads again a user who may have changed.</summary>
    /// <param name="user">The user as it was read before.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The user as it is now; null if it was deleted or has another password.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Stored<UserRow>?> RefreshAsync(Stored<UserRow> user, CancellationToken cancellationToken) =>
        IsOfSettings(user.Value.Id) ? user
        : await FindStoredAsync(user.Value.Id, cancellationToken) is { } now && now.Value.PasswordVersion == user.Value.PasswordVersion ? now
        : null;

    /// <summary>Replaces the hash of a user's password. Where somebody else changes the user meanwhile, a later login does it.</summary>
    /// <param name="user">The user as it was read.</param>
    /// <param name="passwordHash">A new hash of the same password.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task ReplaceHashAsync(Stored<UserRow> user, string passwordHash, CancellationToken cancellationToken) =>
        state.TryWriteAsync(
            new Transaction(StateKeys.User(user.Value.Id)).Replace(user.Key, user.Value with { PasswordHash = passwordHash }, user.ETag), cancellationToken);
}
