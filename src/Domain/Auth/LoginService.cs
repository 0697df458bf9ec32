using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Auth;

/// <summary>Signs users in and out.</summary>
/// <param name="users">The users.</param>
/// <param name="passwords">Compares passwords.</param>
/// <param name="guard">Limits how often a login may fail.</param>
/// <param name="gate">Limits how many passwords are compared at once.</param>
/// <param name="sessions">The sessions.</param>
/// <param name="tokens">Issues tokens.</param>
public sealed class LoginService(
    UserDirectory users, IPasswords passwords, LoginGuard guard, HashingGate gate, ISessions sessions, IAccessTokens tokens) : IPasswordLogin
{
    // The same text for an unknown name, so that it does not reveal which names exist.
    private const string Refusal = "The name or the password is wrong.";

    /// <summary>The longest name in characters.</summary>
    public const int MaxUsernameLength = 256;

    /// <summary>Signs a user in. An unknown name costs the same work as a wrong password.</summary>
    /// <param name="username">The name as the client sent it.</param>
    /// <param name="password">The password as the client sent it.</param>
    /// <param name="origin">The origin of the login.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>A new login; or rejected, unauthenticated, conflict, throttled, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<Login>> LoginAsync(string? username, string? password, Origin origin, CancellationToken cancellationToken)
    {
        if (new FieldErrors()
            .Check<LoginRequest>(nameof(LoginRequest.Username), username)
            .Check<LoginRequest>(nameof(LoginRequest.Password), password)
            .Failure is { } invalid)
        {
            return invalid;
        }

        Outcome<Stored<UserRow>> user = await AuthenticateAsync(username!, password!, origin, cancellationToken);
        return user.Failure is { } refused ? refused : await OpenAsync(user.Value, origin, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Outcome<Stored<UserRow>>> AuthenticateAsync(string username, string password, Origin origin, CancellationToken cancellationToken)
    {
        string name = Username.Normalize(username);
        // Check the lock before the gate, so that locked clients do not fill its queue.
        if (await guard.CheckAsync(name, origin.Address, cancellationToken) is { } locked)
        {
            return locked;
        }

        using IDisposable? place = await gate.EnterAsync(cancellationToken);
        if (place is null)
        {
            return new Failure.Throttled(HashingGate.RetryAfter);
        }

        Outcome<LoginAttempt> attempt = await guard.BeginAsync(name, origin.Address, cancellationToken);
        if (attempt.Failure is { } refused)
        {
            return refused;
        }

        (Stored<UserRow>? user, PasswordCheckResult result) = await CheckPasswordAsync(attempt.Value, password, cancellationToken);
        if (user is null || result == PasswordCheckResult.Wrong)
        {
            string reason = user is null ? RejectionReasons.UnknownName : RejectionReasons.WrongPassword;
            var failed = new AuthFailed(user?.Value.Id, username, CredentialMethods.Password, null, reason);
            return await guard.FailAsync(attempt.Value, failed, origin.CorrelationId) ?? new Failure.Unauthenticated(Refusal, reason);
        }

        if (await guard.SucceedAsync(attempt.Value) is { } lockedMeanwhile)
        {
            return lockedMeanwhile;
        }

        if (result == PasswordCheckResult.RightButOutdated)
        {
            await users.ReplaceHashAsync(user, passwords.Hash(password), cancellationToken);
        }

        return user;
    }

    /// <summary>Issues a new access token in an open session.</summary>
    /// <param name="principal">The caller, with a session.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The continued login; or unauthenticated.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<Login>> RefreshAsync(Principal principal, CancellationToken cancellationToken)
    {
        Outcome<SessionRecord> session = await sessions.UseAsync(principal.UserId, principal.SessionId!, cancellationToken);
        return session.Failure is { } failure ? failure : LoginOf(session.Value);
    }

    private async Task<(Stored<UserRow>? User, PasswordCheckResult Result)> CheckPasswordAsync(LoginAttempt attempt, string password, CancellationToken cancellationToken)
    {
        bool isChecked = false;
        try
        {
            Stored<UserRow>? user = await users.FindByNameAsync(attempt.Name, cancellationToken);
            PasswordCheckResult result = passwords.Verify(user?.Value.PasswordHash ?? passwords.Decoy, password);
            isChecked = true;
            return (user, result);
        }
        finally
        {
            // Storage did not answer or the client left, so nothing was guessed.
            if (!isChecked)
            {
                await guard.ReleaseAsync(attempt);
            }
        }
    }

    private async Task<Outcome<Login>> OpenAsync(Stored<UserRow> user, Origin origin, CancellationToken cancellationToken)
    {
        Outcome<SessionRecord> session = await sessions.OpenAsync(user, CredentialMethods.Password, origin.CorrelationId, cancellationToken);
        return session.Failure switch
        {
            null => LoginOf(session.Value),
            // The user was deleted or got another password since it was read.
            Failure.NotFound => new Failure.Unauthenticated(Refusal, RejectionReasons.UnknownName),
            { } failure => failure,
        };
    }

    private Login LoginOf(SessionRecord session)
    {
        var principal = new Principal(session.UserId, session.Username, session.Role, session.Id);
        return new Login(principal, tokens.Issue(principal, session.EndsAt));
    }
}
