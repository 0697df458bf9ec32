using McpFunctions.Domain.Auth;

namespace McpFunctions.Domain.Tests.Auth;

public sealed class LoginGuardTests
{
    [Theory]
    [InlineData(60, 0)]
    [InlineData(60, 31)]
    [InlineData(60, 59)]
    [InlineData(300, 150)]
    [InlineData(300, 299)]
    public async Task Parallel_guesses_do_not_exceed_the_limit_even_if_one_of_them_is_right(int count, int place)
    {
        foreach (bool isOneAddress in new[] { true, false })
        {
            var harness = new LoginHarness();

            Outcome<Login>[] outcomes = await Task.WhenAll(Enumerable.Range(0, count).Select(number => harness.LoginAsync(
                LoginHarness.Username, number == place ? LoginHarness.Password : $"guess {number}", isOneAddress ? "203.0.113.1" : $"203.0.113.{number}")));

            // The right password refunds its attempt and resets the count, so five guesses may fail before it and five after it.
            int failed = outcomes.Count(outcome => outcome.Failure is Failure.Unauthenticated);
            int succeeded = outcomes.Count(outcome => outcome.Failure is null);
            Assert.InRange(failed, 1, succeeded == 0 ? 5 : 10);
            Assert.Equal(failed + succeeded, harness.Verified);
            Assert.Equal(count - failed - succeeded, outcomes.Count(outcome => outcome.Failure is Failure.Throttled));
        }
    }

    [Fact]
    public async Task After_five_failures_the_right_password_is_refused_without_a_check()
    {
        var harness = new LoginHarness();
        Outcome<Login>[] guesses = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => harness.LoginAsync(LoginHarness.Username, $"guess {number}", null)));
        Assert.Equal(5, guesses.Count(outcome => outcome.Failure is Failure.Unauthenticated));
        int verified = harness.Verified;

        Outcome<Login> right = await harness.LoginAsync(LoginHarness.Username, LoginHarness.Password, null);

        Assert.IsType<Failure.Throttled>(right.Failure);
        Assert.Equal(verified, harness.Verified);
        Assert.Equal(5, harness.State.Events.Count(domainEvent => domainEvent.Type == "auth.failed"));
        harness.Time.Advance(LockoutLimits.Window);
        Assert.Null((await harness.LoginAsync(LoginHarness.Username, LoginHarness.Password, null)).Failure);
    }

    [Fact]
    public async Task From_one_address_at_most_twenty_parallel_logins_fail()
    {
        var harness = new LoginHarness();

        Outcome<Login>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 300).Select(number => harness.LoginAsync($"nobody-{number}", "a guess", "203.0.113.1")));

        Assert.Equal(20, outcomes.Count(outcome => outcome.Failure is Failure.Unauthenticated));
        Assert.Equal(280, outcomes.Count(outcome => outcome.Failure is Failure.Throttled));
        Assert.Equal(20, harness.Verified);
        Assert.IsType<Failure.Throttled>((await harness.LoginAsync(LoginHarness.Username, LoginHarness.Password, "203.0.113.1")).Failure);
        Assert.Null((await harness.LoginAsync(LoginHarness.Username, LoginHarness.Password, "203.0.113.2")).Failure);
    }

    [Fact]
    public async Task Logins_that_succeed_lock_nothing_however_many_come_at_once()
    {
        var harness = new LoginHarness();

        for (int round = 0; round < 6; round++)
        {
            Outcome<Login>[] outcomes = await Task.WhenAll(
                Enumerable.Range(0, 4).Select(_ => harness.LoginAsync(LoginHarness.Username, LoginHarness.Password, "203.0.113.1")));
            Assert.All(outcomes, outcome => Assert.Null(outcome.Failure));
        }
    }

    [Fact]
    public async Task An_attempt_whose_process_died_counts_as_a_failure_a_minute_later()
    {
        var harness = new LoginHarness();
        var guard = new LoginGuard(harness.State, harness.State, new LockoutLimits(2, 20, 1000, 1000), harness.Time);
        for (int number = 0; number < 2; number++)
        {
            Assert.Null((await guard.BeginAsync("ada", null, CancellationToken.None)).Failure);
        }

        Outcome<LoginAttempt> early = await guard.BeginAsync("ada", null, CancellationToken.None);
        harness.Time.Advance(LockoutRow.PendingTimeout);
        Outcome<LoginAttempt> late = await guard.BeginAsync("ada", null, CancellationToken.None);

        Assert.Equal(TimeSpan.FromSeconds(1), Assert.IsType<Failure.Throttled>(early.Failure).RetryAfter);
        Assert.Equal(LockoutLimits.Window, Assert.IsType<Failure.Throttled>(late.Failure).RetryAfter);
    }

    [Fact]
    public async Task A_success_that_comes_after_its_attempt_has_timed_out_is_refused_where_the_name_is_locked()
    {
        var harness = new LoginHarness();
        var guard = new LoginGuard(harness.State, harness.State, new LockoutLimits(1, 20, 1000, 1000), harness.Time);
        LoginAttempt attempt = (await guard.BeginAsync("ada", null, CancellationToken.None)).Value;
        harness.Time.Advance(LockoutRow.PendingTimeout);

        Assert.IsType<Failure.Throttled>(await guard.SucceedAsync(attempt));
    }

    [Fact]
    public async Task Logins_that_succeed_have_a_limit_of_their_own()
    {
        var harness = new LoginHarness(maxLogins: 7);
        for (int number = 0; number < 7; number++)
        {
            Assert.Null((await harness.LoginAsync(LoginHarness.Username, LoginHarness.Password, "203.0.113.1")).Failure);
        }

        Outcome<Login> sameName = await harness.LoginAsync(LoginHarness.Username, LoginHarness.Password, "203.0.113.2");
        Outcome<Login> sameAddress = await harness.LoginAsync("somebody", "a guess", "203.0.113.1");

        Assert.Equal(LockoutLimits.Window, Assert.IsType<Failure.Throttled>(sameName.Failure).RetryAfter);
        Assert.Equal(LockoutLimits.Window, Assert.IsType<Failure.Throttled>(sameAddress.Failure).RetryAfter);
        Assert.Equal(7, harness.Verified);
        harness.Time.Advance(LockoutLimits.Window);
        Assert.Null((await harness.LoginAsync(LoginHarness.Username, LoginHarness.Password, "203.0.113.1")).Failure);
    }

    [Fact]
    public async Task Counts_of_logins_expire_and_those_that_still_count_stay()
    {
        var harness = new LoginHarness();
        var expiry = new LockoutExpiry(harness.State, harness.Time);
        await harness.LoginAsync("nobody", "a guess", "203.0.113.1");
        harness.Time.Advance(LockoutLimits.Window / 2);
        await harness.LoginAsync("somebody", "a guess", "203.0.113.2");

        Assert.Equal(0, await expiry.ExpireAsync(CancellationToken.None));
        harness.Time.Advance(LockoutLimits.Window / 2);
        Assert.Equal(2, await expiry.ExpireAsync(CancellationToken.None));
        harness.Time.Advance(LockoutLimits.Window / 2);
        Assert.Equal(2, await expiry.ExpireAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Expired_counts_of_a_partition_are_deleted_together_and_one_that_changes_meanwhile_stays()
    {
        var harness = new LoginHarness();
        var expiry = new LockoutExpiry(harness.State, harness.Time);
        string[] names = [.. Enumerable.Range(0, 1000).Select(number => $"nobody-{number}").GroupBy(name => LockoutKeys.OfName(name).Partition).First(names => names.Count() == 3)];
        Task FailAsync() => Task.WhenAll(names.Select(name => harness.LoginAsync(name, "a guess")));
        await FailAsync();
        harness.Time.Advance(LockoutLimits.Window);
        int commits = 0;
        harness.State.BeforeCommit = _ => Task.FromResult(++commits);

        Assert.Equal(3, await expiry.ExpireAsync(CancellationToken.None));
        Assert.Equal(1, commits);

        await FailAsync();
        harness.Time.Advance(LockoutLimits.Window);
        commits = 0;
        harness.State.BeforeCommit = _ => ++commits == 1 ? harness.LoginAsync(names[0], "a guess") : Task.CompletedTask;

        Assert.Equal(2, await expiry.ExpireAsync(CancellationToken.None));
    }
}
