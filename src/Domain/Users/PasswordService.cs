using System.Text.Json.Nodes;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Users;

/// <summary>Changes passwords. The same transaction revokes the user's other sessions; their rows are removed afterwards.</summary>
/// <param name="state">Reads and writes users.</param>
/// <param name="directory">Knows the administrator of the settings, too.</param>
/// <param name="passwords">Hashes passwords.</param>
/// <param name="gate">Limits how many are hashed at once.</param>
/// <param name="logins">Compares the current password, within the limits of logins.</param>
/// <param name="sessions">The users' sessions.</param>
/// <param name="actions">The audit log's actions.</param>
public sealed class PasswordService(
    IStateStore state, UserDirectory directory, IPasswords passwords, HashingGate gate, IPasswordLogin logins, ISessions sessions, IActionLog actions)
{
    /// <summary>Changes one's own password. The session that asks goes on, the others end.</summary>
    /// <param name="principal">The user, in a session.</param>
    /// <param name="currentPassword">The current password as the client sent it.</param>
    /// <param name="newPassword">The new password as the client sent it.</param>
    /// <param name="origin">Where the request comes from.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The user; or rejected, throttled, unauthenticated, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<UserRecord>> ChangeAsync(
        Principal principal, string? currentPassword, string? newPassword, Origin origin, CancellationToken cancellationToken)
    {
        if (new FieldErrors()
            .Check<ChangePasswordRequest>(nameof(ChangePasswordRequest.CurrentPassword), currentPassword)
            .Check<ChangePasswordRequest>(nameof(ChangePasswordRequest.NewPassword), newPassword)
            .Check("newPassword", () => PasswordRule.ProblemOf(newPassword!, principal.Username))
            .Failure is { } invalid)
        {
            return invalid;
        }

        if (directory.IsOfSettings(principal.UserId))
        {
            return OfSettings();
        }

        Outcome<Stored<UserRow>> user = await logins.AuthenticateAsync(principal.Username, currentPassword!, origin, cancellationToken);
        if (user.Failure is Failure.Unauthenticated || (user.Failure is null && user.Value.Value.Id != principal.UserId))
        {
            return new Failure.Rejected("currentPassword", "This is not your password.");
        }

        return user.Failure is { } failure
            ? failure
            : await ReplaceAsync(new Actor(principal.UserId, origin.CorrelationId), principal.UserId, principal.SessionId, newPassword!, cancellationToken);
    }

    /// <summary>Gives a user a new password. All sessions of the user end.</summary>
    /// <param name="actor">The administrator.</param>
    /// <param name="userId">The user.</param>
    /// <param name="newPassword">The new password as the client sent it.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The user; or not found, rejected, throttled, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<UserRecord>> SetAsync(Actor actor, string userId, string? newPassword, CancellationToken cancellationToken)
    {
        if (directory.IsOfSettings(userId))
        {
            return OfSettings();
        }

        if (await directory.FindAsync(userId, cancellationToken) is not { } user)
        {
            return new Failure.NotFound();
        }

        return new FieldErrors()
            .Check<SetPasswordRequest>(nameof(SetPasswordRequest.Password), newPassword)
            .Check("password", () => PasswordRule.ProblemOf(newPassword!, user.Username))
            .Failure is { } invalid
            ? invalid
            : await ReplaceAsync(actor, userId, null, newPassword!, cancellationToken);
    }

    private static Failure.Conflict OfSettings() => new("This administrator's password is in the settings of the gateway. Change it there.");

    private async Task<Outcome<UserRecord>> ReplaceAsync(Actor actor, string userId, string? sessionId, string password, CancellationToken cancellationToken)
    {
        string hash;
        using (IDisposable? place = await gate.EnterAsync(cancellationToken))
        {
            if (place is null)
            {
                return new Failure.Throttled(HashingGate.RetryAfter);
            }

            hash = passwords.Hash(password);
        }

        await actions.WriteAsync(actor, AdministratorActions.ChangePassword, userId, new JsonObject { ["userId"] = userId }, cancellationToken);
        string version = UserRow.NewPasswordVersion();
        return await ConflictRetry.RunAsync<UserRecord>(new Failure.Conflict("Another request is changing the user. Retry."), async () =>
        {
            if (await state.FindAsync<UserRow>(StateKeys.User(userId), UserKeys.Profile, cancellationToken) is not { Value.IsDeleted: false } stored)
            {
                return new Failure.NotFound();
            }

            UserRow user = stored.Value with { PasswordHash = hash, PasswordVersion = version };
            Transaction transaction = new Transaction(StateKeys.User(userId)).Replace(stored.Key, user, stored.ETag);
            if (!await sessions.TryRevokeAllAsync(transaction, userId, sessionId, cancellationToken))
            {
                return null;
            }

            await EndOthersAsync(userId, sessionId, actor.CorrelationId);
            return new UserRecord(user.Id, user.Username, user.Role, user.CreatedAt);
        }, cancellationToken);
    }

    // The sessions have ended already; this publishes their ends. Ends that fail now are published when the sessions expire.
    private async Task EndOthersAsync(string userId, string? sessionId, string correlationId)
    {
        try
        {
            await sessions.RevokeAllAsync(userId, sessionId, correlationId, CancellationToken.None);
        }
        catch (DependencyUnavailableException)
        {
        }
    }
}
