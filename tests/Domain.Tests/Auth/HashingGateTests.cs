using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Tests.Auth;

public sealed class HashingGateTests
{
    [Fact]
    public async Task Of_300_logins_at_once_a_few_are_hashed_a_few_wait_and_the_others_are_refused()
    {
        var harness = new LoginHarness(places: 2, queue: 10) { VerifyTime = TimeSpan.FromMilliseconds(100) };

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 300).Select(number => harness.LoginAsync($"nobody-{number}", "a guess", $"203.0.113.{number}")));

        int throttled = outcomes.Count(outcome => outcome.Failure is Failure.Throttled { RetryAfter.TotalSeconds: >= 1 });
        Assert.InRange(harness.MostAtOnce, 1, 2);
        Assert.InRange(harness.Verified, 12, 150);
        Assert.Equal(300 - harness.Verified, throttled);
    }

    [Fact]
    public async Task Making_users_goes_through_the_same_gate()
    {
        var harness = new LoginHarness(places: 1, queue: 0);
        using IDisposable? place = await harness.Gate.EnterAsync(CancellationToken.None);

        var made = await harness.Users.CreateAsync(LoginHarness.Administrator, "grace", "correct horse battery staple", Roles.User, CancellationToken.None);

        Assert.IsType<Failure.Throttled>(made.Failure);
    }

    [Fact]
    public async Task When_a_hash_ends_the_next_waiting_one_starts()
    {
        using var gate = new HashingGate(1, 1);
        IDisposable? first = await gate.EnterAsync(CancellationToken.None);
        Task<IDisposable?> second = gate.EnterAsync(CancellationToken.None);
        Assert.Null(await gate.EnterAsync(CancellationToken.None));

        first!.Dispose();

        Assert.NotNull(await second);
        Task<IDisposable?> third = gate.EnterAsync(CancellationToken.None);
        Assert.False(third.IsCompleted);
    }
}
