using System.Runtime.CompilerServices;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Users;

namespace McpFunctions.Domain.Tests.Auth;

/// <summary>Logins on state in memory, with passwords that are compared as they are.</summary>
public sealed class LoginHarness : IPasswords, IAccessTokens, ISessionIndex
{
    /// <summary>The password of <see cref="Username"/>.</summary>
    public const string Password = "the right password";

    /// <summary>The name of the only user.</summary>
    public const string Username = "ada";

    private int _verifying;
    private int _mostAtOnce;
    private int _verified;

    public LoginHarness()
    {
        // Others get in between the reading and the writing of a row, as they do in storage.
        State.BeforeCommit = () => Task.Delay(1);
        var sessions = new SessionService(State, State, this, new SessionLimits(TimeSpan.FromHours(1), TimeSpan.FromHours(1)), Time);
        var users = new UserDirectory(State, new BootstrapAdministrator(Username, Password));
        Logins = new LoginService(users, this, new LoginGuard(State, State, new LockoutLimits(5, 20), Time), sessions, this);
    }

    public ManualTime Time { get; } = new();

    public StateInMemory State { get; } = new();

    public LoginService Logins { get; }

    /// <summary>How many passwords were compared.</summary>
    public int Verified => _verified;

    /// <summary>The most passwords that were compared at the same time.</summary>
    public int MostAtOnce => _mostAtOnce;

    /// <summary>How long a comparison takes.</summary>
    public TimeSpan VerifyTime { get; set; } = TimeSpan.FromMilliseconds(5);

    public string Decoy => "nobody's password";

    public string Hash(string password) => password;

    public PasswordVerdict Verify(string hash, string password)
    {
        InterlockedMax(Interlocked.Increment(ref _verifying));
        Interlocked.Increment(ref _verified);
        // As a hash does it, on the caller's thread.
        using (var elapsed = new ManualResetEventSlim())
        {
            elapsed.Wait(VerifyTime);
        }
        Interlocked.Decrement(ref _verifying);
        return hash == password ? PasswordVerdict.Right : PasswordVerdict.Wrong;
    }

    /// <summary>Signs in, on a thread of its own.</summary>
    public Task<Outcome<Login>> LoginAsync(string username, string password, string? address) =>
        Task.Run(() => Logins.LoginAsync(username, password, new Origin("test", address), CancellationToken.None));

    public AccessToken Issue(Principal principal, DateTimeOffset notAfter) => new("token", TimeSpan.FromMinutes(1), notAfter);

    public Task<Outcome<Principal>> ReadAsync(string token) => throw new NotSupportedException("No test needs it.");

    public Task AddAsync(string sessionId, string userId, DateTimeOffset dueAt, CancellationToken cancellationToken) => Task.CompletedTask;

    public async IAsyncEnumerable<DueSession> ListDueAsync(DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task MoveAsync(DueSession session, DateTimeOffset dueAt, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveAsync(DueSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    private void InterlockedMax(int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref _mostAtOnce)) < value && Interlocked.CompareExchange(ref _mostAtOnce, value, seen) != seen)
        {
        }
    }
}
