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
            return NotThePassword();
        }

        return user.Failure is { } failure
            ? failure
            : await ReplaceAsync(new Actor(principal.UserId, origin.CorrelationId), user.Value, principal.SessionId, newPassword!, cancellationToken);
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

        // The lists do not show a user whose name the settings claim.
        if (await directory.FindStoredAsync(userId, cancellationToken) is not { } user || directory.IsAdministratorOfSettings(Username.Normalize(user.Value.Username)))
        {
            return new Failure.NotFound();
        }

        return new FieldErrors()
            .Check<SetPasswordRequest>(nameof(SetPasswordRequest.Password), newPassword)
            .Check("password", () => PasswordRule.ProblemOf(newPassword!, user.Value.Username))
            .Failure is { } invalid
            ? invalid
            : await ReplaceAsync(actor, user, null, newPassword!, cancellationToken);
    }

    private static Failure.Conflict OfSettings() => new("This administrator's password is in the settings of the gateway. Change it there.");

    private static Failure.Rejected NotThePassword() => new("currentPassword", "This is not your password.");

    private async Task<Outcome<UserRecord>> ReplaceAsync(
        Actor actor, Stored<UserRow> user, string? sessionId, string password, CancellationToken cancellationToken)
    {
        string userId = user.Value.Id;
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
        Stored<UserRow>? current = user;
        return await ConflictRetry.RunAsync<UserRecord>(new Failure.Conflict("Another request is changing the user. Retry."), async () =>
        {
            // The current password that was sent may be none any more. An administrator's request sent none.
            current ??= sessionId is null ? await directory.FindStoredAsync(userId, cancellationToken) : await directory.RefreshAsync(user, cancellationToken);
            if (current is null)
            {
                return sessionId is null ? new Failure.NotFound() : NotThePassword();
            }

            UserRow changed = current.Value with { PasswordHash = hash, PasswordVersion = version };
            Transaction transaction = new Transaction(StateKeys.User(userId)).Replace(current.Key, changed, current.ETag);
            current = null;
            if (sessionId is not null)
            {
                if (await state.FindByIdAsync<SessionRecord>(userId, SessionRecord.RowPrefix, sessionId, cancellationToken) is not { Value.IsRevoked: false } session)
                {
                    return SessionRecord.Ended();
                }

                // It must not end before the commit.
                transaction.Replace(session.Key, session.Value with { PasswordVersion = version }, session.ETag);
            }

            if (!await sessions.TryRevokeWithAsync(transaction, sessionId, cancellationToken))
            {
                return null;
            }

            await EndRevokedAsync(userId, actor.CorrelationId);
            return new UserRecord(changed.Id, changed.Username, changed.Role, changed.CreatedAt);
        }, cancellationToken);
    }

    // Ends that cannot be published now are published when the sessions would expire.
    private async Task EndRevokedAsync(string userId, string correlationId)
    {
        try
        {
            await sessions.EndRevokedAsync(userId, correlationId, CancellationToken.None);
        }
        catch (DependencyUnavailableException)
        {
        }
    }
}
