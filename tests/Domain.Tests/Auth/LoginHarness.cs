using System.Runtime.CompilerServices;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Users;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Domain.Tests.Auth;

/// <summary>Users, logins and keys on in-memory state. Passwords are compared without hashing.</summary>
public sealed class LoginHarness : IPasswords, IAccessTokens, ISessionIndex, IIdempotencyIndex, IAuditLog
{
    /// <summary>The password of <see cref="Username"/>.</summary>
    public const string Password = "the right password";

    /// <summary>The administrator from the settings, who is the only user at first.</summary>
    public const string Username = "ada";

    private int _verifying;
    private int _mostAtOnce;
    private int _verified;

    public LoginHarness(StateInMemory? state = null, string username = Username, string passwordVersion = "1", int maxSessions = 1000, int maxKeys = 1000, int places = 64, int queue = 1000, int maxLogins = 1000)
    {
        Gate = new HashingGate(places, queue);
        State = state ?? new StateInMemory();
        // The delay lets others write between a read and a write, as in real storage.
        State.BeforeCommit = _ => Task.Delay(1);
        var users = new UserDirectory(State, new BootstrapAdministrator(username, () =>
        {
            HashedForAdministrator++;
            return (Password, passwordVersion);
        }));
        Sessions = new SessionService(State, State, this, users, new SessionLimits(TimeSpan.FromHours(1), TimeSpan.FromHours(1), maxSessions), Time);
        var once = new IdempotencyService(State, State, this, Time);
        Keys = new ApiKeyService(State, State, once, users, new ApiKeyLimits(maxKeys), Time);
        Logins = new LoginService(users, this, new LoginGuard(State, State, new LockoutLimits(5, 20, maxLogins, maxLogins), Time), Gate, Sessions, this);
        Credentials = new CredentialService(this, Sessions, Keys, State, Time);
        Cleanup = new UserCleanup(State, Sessions, Keys, [Data], new UserDataLimits(TimeSpan.Zero), Time);
        var actions = new ActionLog(this, Time);
        Users = new UserService(State, users, this, Gate, Cleanup, actions, once, Time);
        Passwords = new PasswordService(State, users, this, Gate, Logins, Sessions, actions);
    }

    public static Actor Administrator { get; } = new(Guid.NewGuid().ToString(), "test");

    public FakeTimeProvider Time { get; } = new();

    public StateInMemory State { get; }

    public HashingGate Gate { get; }

    public LoginService Logins { get; }

    public SessionService Sessions { get; }

    public ApiKeyService Keys { get; }

    public CredentialService Credentials { get; }

    public UserService Users { get; }

    public UserCleanup Cleanup { get; }

    public RemovedData Data { get; } = new();

    public PasswordService Passwords { get; }

    /// <summary>The audit log's lines.</summary>
    public List<AuditEntry> Audit { get; } = [];

    /// <summary>How often the password of the administrator was hashed.</summary>
    public int HashedForAdministrator { get; private set; }

    /// <summary>How many passwords were compared.</summary>
    public int Verified => _verified;

    /// <summary>The most passwords that were compared at the same time.</summary>
    public int MostAtOnce => _mostAtOnce;

    /// <summary>Runs in each login after the password was compared and before the session is written.</summary>
    public Func<Task> BeforeSession { get; set; } = () => Task.CompletedTask;

    /// <summary>How long a comparison takes.</summary>
    public TimeSpan VerifyTime { get; set; } = TimeSpan.FromMilliseconds(5);

    public string Decoy => "nobody's password";

    public string Hash(string password) => password;

    public PasswordCheckResult Verify(string hash, string password)
    {
        InterlockedMax(Interlocked.Increment(ref _verifying));
        Interlocked.Increment(ref _verified);
        // Blocks the caller's thread, as hashing does.
        using (var elapsed = new ManualResetEventSlim())
        {
            elapsed.Wait(VerifyTime);
        }
        Interlocked.Decrement(ref _verifying);
        return hash == password ? PasswordCheckResult.Right : PasswordCheckResult.Wrong;
    }

    /// <summary>Signs in on another thread.</summary>
    public Task<Outcome<Login>> LoginAsync(string username, string password, string? address = null) =>
        Task.Run(() => Logins.LoginAsync(username, password, new Origin("test", address), CancellationToken.None));

    /// <summary>Creates a user and signs in.</summary>
    public async Task<Login> NewUserAsync(string username)
    {
        var made = await Users.CreateAsync(Administrator, username, "correct horse battery staple", Roles.User, CancellationToken.None);
        Assert.Null(made.Failure);
        return (await LoginAsync(username, "correct horse battery staple")).Value;
    }

    public async Task<Outcome<IssuedApiKey>> IssueKeyAsync(Principal owner) =>
        await Keys.CreateAsync(owner, new Actor(owner.UserId, "test"), "key", [Scopes.FilesRead], null, CancellationToken.None);

    /// <summary>Returns the principal of a token.</summary>
    public Task<Outcome<Principal>> ReadTokenAsync(Login login) => Credentials.ReadTokenAsync(login.Token.Value, new Origin("test", null), CancellationToken.None);

    /// <summary>Returns the principal of an API key.</summary>
    public Task<Outcome<Principal>> ReadKeyAsync(IssuedApiKey key) => Credentials.ReadKeyAsync(key.Key!, new Origin("test", null), CancellationToken.None);

    /// <summary>Deletes a user, or gives it a new password, as an administrator.</summary>
    public async Task<Failure?> EndSessionsByAsync(string change, string userId) => change == "deletion"
        ? (await Users.DeleteAsync(Administrator, userId, CancellationToken.None)).Failure
        : (await Passwords.SetAsync(Administrator, userId, "quite another battery", CancellationToken.None)).Failure;

    /// <summary>Acts once, just before the next commit that changes a user.</summary>
    public void OnceBeforeUserChanges(Func<Task> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        var before = State.BeforeCommit;
        State.BeforeCommit = async transaction =>
        {
            await before(transaction);
            if (transaction.Writes.Any(write => write.Value is UserRow))
            {
                State.BeforeCommit = before;
                await act();
            }
        };
    }

    /// <summary>Lets storage take some commits, and then fail.</summary>
    public void FailAfter(int commits) =>
        State.BeforeCommit = _ => commits-- > 0 ? Task.CompletedTask : throw new DependencyUnavailableException("storage", new TimeoutException());

    /// <summary>Lets storage take all commits again.</summary>
    public void Recover() => State.BeforeCommit = _ => Task.CompletedTask;

    /// <summary>Removes deleted users, as one run of the timer does.</summary>
    public async Task CleanUpAsync()
    {
        await foreach (var entry in Cleanup.ListAsync(CancellationToken.None))
        {
            await Cleanup.RemoveAsync(entry, CancellationToken.None);
        }
    }

    public AccessToken Issue(Principal principal, DateTimeOffset notAfter)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return new AccessToken($"{principal.UserId}/{principal.Username}/{principal.Role}/{principal.SessionId}", TimeSpan.FromMinutes(1), notAfter);
    }

    public Task<Outcome<Principal>> ReadAsync(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        string[] parts = token.Split('/');
        return Task.FromResult<Outcome<Principal>>(new Principal(parts[0], parts[1], parts[2], parts[3]));
    }

    public Task AddAsync(string sessionId, string userId, DateTimeOffset dueAt, CancellationToken cancellationToken) => BeforeSession();

    public async IAsyncEnumerable<DueSession> ListDueAsync(DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task MoveAsync(DueSession session, DateTimeOffset dueAt, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveAsync(DueSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<bool> AppendAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        Audit.Add(entry);
        return Task.FromResult(true);
    }

    public Task<Outcome<Page<AuditEntry>>> ReadAsync(AuditQuery query, PageRequest page, CancellationToken cancellationToken) =>
        throw new NotSupportedException("No test needs it.");

    public Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void InterlockedMax(int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref _mostAtOnce)) < value && Interlocked.CompareExchange(ref _mostAtOnce, value, seen) != seen)
        {
        }
    }

    /// <summary>Records every removal of a user's data.</summary>
    public sealed class RemovedData : IUserData
    {
        public List<string> UserIds { get; } = [];

        public Task<bool> RemoveAsync(string userId, string correlationId, CancellationToken cancellationToken)
        {
            UserIds.Add(userId);
            return Task.FromResult(true);
        }
    }
}
