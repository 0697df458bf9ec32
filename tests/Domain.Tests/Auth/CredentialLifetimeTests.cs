using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Tests.Auth;

public sealed class CredentialLifetimeTests
{
    [Fact]
    public async Task No_credential_of_a_deleted_user_is_accepted_even_before_it_is_removed()
    {
        var harness = new LoginHarness();
        var login = await harness.NewUserAsync("grace");
        var key = (await harness.IssueKeyAsync(login.Principal)).Value;
        Assert.Null((await harness.ReadTokenAsync(login)).Failure);
        Assert.Null((await harness.ReadKeyAsync(key)).Failure);

        Assert.Null((await harness.Users.DeleteAsync(LoginHarness.Administrator, login.Principal.UserId, CancellationToken.None)).Failure);

        Assert.IsType<Failure.Unauthenticated>((await harness.ReadTokenAsync(login)).Failure);
        Assert.IsType<Failure.Unauthenticated>((await harness.ReadKeyAsync(key)).Failure);
        Assert.IsType<Failure.Unauthenticated>((await harness.IssueKeyAsync(login.Principal)).Failure);
        Assert.IsType<Failure.NotFound>((await harness.Users.DeleteAsync(LoginHarness.Administrator, login.Principal.UserId, CancellationToken.None)).Failure);
        // The rows of session and key are still there: the deletion alone ended both.
        Assert.NotNull(await harness.State.FindAsync<SessionRecord>(StateKeys.User(login.Principal.UserId), SessionRecord.RowPrefix + login.Principal.SessionId, CancellationToken.None));
        Assert.NotNull(await harness.State.FindAsync<ApiKeyRow>(StateKeys.User(login.Principal.UserId), ApiKeyKeys.RowPrefix + key.Record.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_clean_up_that_is_interrupted_anywhere_continues_later_and_completes()
    {
        for (int commits = 0; ; commits++)
        {
            var harness = new LoginHarness();
            var login = await harness.NewUserAsync("grace");
            for (int number = 0; number < 3; number++)
            {
                Assert.Null((await harness.IssueKeyAsync(login.Principal)).Failure);
            }
            await harness.Users.DeleteAsync(LoginHarness.Administrator, login.Principal.UserId, CancellationToken.None);
            harness.FailAfter(commits);

            bool isBrokenOff = false;
            try
            {
                await harness.CleanUpAsync();
            }
            catch (DependencyUnavailableException)
            {
                isBrokenOff = true;
            }

            harness.Recover();
            await harness.CleanUpAsync();
            Assert.Contains(login.Principal.UserId, harness.Data.UserIds);
            // Events in flight may bring data back, so a later clean-up removes the data again.
            harness.Data.UserIds.Clear();
            harness.Time.Advance(TimeSpan.FromMinutes(15));
            await harness.CleanUpAsync();
            Assert.Contains(login.Principal.UserId, harness.Data.UserIds);
            var mark = await harness.State.FindAsync<UserRow>(StateKeys.User(login.Principal.UserId), UserKeys.Profile, CancellationToken.None);
            Assert.Equal((true, ""), (mark!.Value.IsDeleted, mark.Value.PasswordHash));
            Assert.Empty((await harness.Keys.ListAsync(login.Principal.UserId, new PageRequest(50, null), CancellationToken.None)).Value.Items);
            Assert.Empty((await harness.Sessions.ListAsync(login.Principal.UserId, new PageRequest(50, null), CancellationToken.None)).Value.Items);
            Assert.Equal(3, harness.State.Events.Count(domainEvent => domainEvent.Type == "apikey.revoked"));
            Assert.Single(harness.State.Events, domainEvent => domainEvent.Type == "session.expired");
            await foreach (var entry in harness.Cleanup.ListAsync(CancellationToken.None))
            {
                Assert.Fail($"The user {entry.Value.UserId} has not been removed yet.");
            }
            if (!isBrokenOff)
            {
                Assert.True(commits > 5, "The clean-up was interrupted too few times for the test to show anything.");
                return;
            }
        }
    }

    [Theory]
    [InlineData("ada", "2")]
    [InlineData("grace", "1")]
    public async Task Credentials_of_the_administrator_of_the_settings_end_with_its_name_and_its_password(string username, string passwordVersion)
    {
        var before = new LoginHarness();
        var login = (await before.LoginAsync(LoginHarness.Username, LoginHarness.Password)).Value;
        var key = (await before.IssueKeyAsync(login.Principal)).Value;
        Assert.Equal(Roles.Admin, (await before.ReadTokenAsync(login)).Value.Role);
        Assert.Null((await before.ReadKeyAsync(key)).Failure);
        // Another instance with the same settings accepts the credentials.
        var beside = new LoginHarness(before.State);
        Assert.Null((await beside.ReadTokenAsync(login)).Failure);
        Assert.Null((await beside.ReadKeyAsync(key)).Failure);

        var after = new LoginHarness(before.State, username, passwordVersion);

        Assert.IsType<Failure.Unauthenticated>((await after.ReadTokenAsync(login)).Failure);
        Assert.IsType<Failure.Unauthenticated>((await after.ReadKeyAsync(key)).Failure);
    }

    [Fact]
    public async Task A_user_whose_name_the_settings_give_to_their_administrator_can_no_longer_sign_in()
    {
        var before = new LoginHarness();
        var login = await before.NewUserAsync("grace");
        var key = (await before.IssueKeyAsync(login.Principal)).Value;

        var after = new LoginHarness(before.State, "Grace");

        Assert.IsType<Failure.Unauthenticated>((await after.ReadTokenAsync(login)).Failure);
        Assert.IsType<Failure.Unauthenticated>((await after.ReadKeyAsync(key)).Failure);
        Assert.IsType<Failure.NotFound>(
            (await after.Passwords.SetAsync(LoginHarness.Administrator, login.Principal.UserId, "quite another battery", CancellationToken.None)).Failure);
        Assert.Null((await before.ReadTokenAsync(login)).Failure);
    }

    [Fact]
    public async Task A_user_gets_no_more_keys_than_allowed_even_by_requests_at_once()
    {
        var harness = new LoginHarness(maxKeys: 5);
        var login = await harness.NewUserAsync("grace");

        var issued = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => harness.IssueKeyAsync(login.Principal))));

        Assert.Equal(5, issued.Count(outcome => outcome.Failure is null));
        Assert.Equal(3, issued.Count(outcome => outcome.Failure is Failure.QuotaExceeded));
        var key = issued.First(outcome => outcome.Failure is null).Value;
        await harness.Keys.RevokeAsync(login.Principal.UserId, key.Record.Id, LoginHarness.Administrator, CancellationToken.None);
        Assert.Null((await harness.IssueKeyAsync(login.Principal)).Failure);
        Assert.IsType<Failure.QuotaExceeded>((await harness.IssueKeyAsync(login.Principal)).Failure);
    }

    [Fact]
    public async Task A_login_over_the_limit_ends_the_session_that_was_unused_for_the_longest_time()
    {
        var harness = new LoginHarness(maxSessions: 3);
        var logins = new List<Login> { await harness.NewUserAsync("grace") };
        for (int number = 0; number < 4; number++)
        {
            harness.Time.Advance(TimeSpan.FromMinutes(2));
            // The first session stays in use.
            Assert.Null((await harness.ReadTokenAsync(logins[0])).Failure);
            logins.Add((await harness.LoginAsync("grace", "correct horse battery staple")).Value);
        }

        var alive = new List<bool>();
        foreach (var login in logins)
        {
            alive.Add((await harness.ReadTokenAsync(login)).Failure is null);
        }
        Assert.Equal([true, false, false, true, true], alive);
        Assert.Equal(2, harness.State.Events.Count(domainEvent => domainEvent.Type == "session.expired"));
    }

    [Fact]
    public async Task Logins_at_once_leave_no_more_sessions_than_are_allowed()
    {
        var harness = new LoginHarness(maxSessions: 3);
        await harness.NewUserAsync("grace");

        var logins = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => harness.LoginAsync("grace", "correct horse battery staple")));

        Assert.All(logins, outcome => Assert.Null(outcome.Failure));
        var sessions = await harness.Sessions.ListAsync(logins[0].Value.Principal.UserId, new PageRequest(50, null), CancellationToken.None);
        Assert.Equal(3, sessions.Value.Items.Count);
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_by_one_write_and_keys_stay_valid()
    {
        var harness = new LoginHarness();
        var here = await harness.NewUserAsync("grace");
        var elsewhere = (await harness.LoginAsync("grace", "correct horse battery staple")).Value;
        var key = (await harness.IssueKeyAsync(here.Principal)).Value;
        // Three commits: count the attempt, refund it, change the password. Storage fails after that.
        harness.FailAfter(3);

        var changed = await harness.Passwords.ChangeAsync(
            here.Principal, "correct horse battery staple", "quite another battery", new Origin("test", null), CancellationToken.None);

        harness.Recover();
        Assert.Null(changed.Failure);
        Assert.Null((await harness.ReadTokenAsync(here)).Failure);
        Assert.IsType<Failure.Unauthenticated>((await harness.ReadTokenAsync(elsewhere)).Failure);
        Assert.Null((await harness.ReadKeyAsync(key)).Failure);
        Assert.IsType<Failure.Unauthenticated>((await harness.LoginAsync("grace", "correct horse battery staple")).Failure);
        Assert.Null((await harness.LoginAsync("grace", "quite another battery")).Failure);
    }

    [Fact]
    public async Task A_password_that_is_set_by_an_administrator_ends_all_sessions()
    {
        var harness = new LoginHarness();
        var login = await harness.NewUserAsync("grace");

        Assert.Null((await harness.Passwords.SetAsync(LoginHarness.Administrator, login.Principal.UserId, "quite another battery", CancellationToken.None)).Failure);

        Assert.IsType<Failure.Unauthenticated>((await harness.ReadTokenAsync(login)).Failure);
        Assert.Single(harness.State.Events, domainEvent => domainEvent.Type == "session.expired");
        var line = harness.Audit[^1];
        Assert.Equal(("users.password", LoginHarness.Administrator.UserId, login.Principal.UserId), (line.Action, line.UserId, line.ResourceId));
    }

    [Theory]
    [InlineData("deletion")]
    [InlineData("password")]
    public async Task A_login_that_a_deletion_or_a_new_password_overtakes_opens_no_session(string change)
    {
        var harness = new LoginHarness();
        var before = await harness.NewUserAsync("grace");
        string userId = before.Principal.UserId;
        harness.BeforeSession = async () =>
        {
            harness.BeforeSession = () => Task.CompletedTask;
            Assert.Null(await harness.EndSessionsByAsync(change, userId));
        };

        var overtaken = await harness.LoginAsync("grace", "correct horse battery staple");

        Assert.IsType<Failure.Unauthenticated>(overtaken.Failure);
        Assert.IsType<Failure.Unauthenticated>((await harness.ReadTokenAsync(before)).Failure);
        Assert.Empty((await harness.Sessions.ListAsync(userId, new PageRequest(50, null), CancellationToken.None)).Value.Items);
        Assert.Equal(1, harness.State.Events.Count(domainEvent => domainEvent.Type == "session.created"));
    }

    [Theory]
    [InlineData("deletion", "use")]
    [InlineData("deletion", "login")]
    [InlineData("password", "use")]
    [InlineData("password", "login")]
    public async Task A_session_that_is_used_or_opened_while_a_deletion_or_a_new_password_commits_ends_too(string change, string meanwhile)
    {
        var harness = new LoginHarness();
        var login = await harness.NewUserAsync("grace");
        var affected = login;
        harness.Time.Advance(TimeSpan.FromMinutes(2));
        harness.OnceBeforeUserChanges(async () =>
        {
            // The sessions have been listed. A use writes the row of the session.
            affected = meanwhile == "use" ? login : (await harness.LoginAsync("grace", "correct horse battery staple")).Value;
            Assert.Null((await harness.ReadTokenAsync(affected)).Failure);
        });

        Assert.Null(await harness.EndSessionsByAsync(change, login.Principal.UserId));

        Assert.Equal(1, harness.State.Refusals);
        Assert.IsType<Failure.Unauthenticated>((await harness.ReadTokenAsync(affected)).Failure);
    }

    [Theory]
    [InlineData("password of an administrator's choice", "the administrator's choice", true)]
    [InlineData("password in the same session", "the other choice", true)]
    [InlineData("logout", "correct horse battery staple", false)]
    public async Task A_change_of_the_password_that_another_one_overtakes_or_whose_session_ends_changes_nothing(string change, string password, bool isPasswordRefused)
    {
        var harness = new LoginHarness();
        var login = await harness.NewUserAsync("grace");
        harness.OnceBeforeUserChanges(async () =>
        {
            Assert.Null(change switch
            {
                "logout" => (await harness.Sessions.LogoutAsync(login.Principal, "test", CancellationToken.None)).Failure,
                "password in the same session" => (await harness.Passwords.ChangeAsync(
                    login.Principal, "correct horse battery staple", password, new Origin("test", null), CancellationToken.None)).Failure,
                _ => (await harness.Passwords.SetAsync(LoginHarness.Administrator, login.Principal.UserId, password, CancellationToken.None)).Failure,
            });
        });

        var late = await harness.Passwords.ChangeAsync(
            login.Principal, "correct horse battery staple", "quite another battery", new Origin("test", null), CancellationToken.None);

        Assert.IsType(isPasswordRefused ? typeof(Failure.Rejected) : typeof(Failure.Unauthenticated), late.Failure);
        Assert.IsType<Failure.Unauthenticated>((await harness.LoginAsync("grace", "quite another battery")).Failure);
        Assert.Null((await harness.LoginAsync("grace", password)).Failure);
    }

    [Fact]
    public async Task A_login_over_the_limit_first_removes_what_a_new_password_has_ended()
    {
        var harness = new LoginHarness(maxSessions: 2);
        var here = await harness.NewUserAsync("grace");
        harness.Time.Advance(TimeSpan.FromMinutes(2));
        await harness.LoginAsync("grace", "correct horse battery staple");
        // The other session ends, but its end cannot be published: the fourth commit is the first after the change.
        harness.FailAfter(3);
        Assert.Null((await harness.Passwords.ChangeAsync(
            here.Principal, "correct horse battery staple", "quite another battery", new Origin("test", null), CancellationToken.None)).Failure);
        harness.Recover();

        var next = (await harness.LoginAsync("grace", "quite another battery")).Value;

        Assert.Null((await harness.ReadTokenAsync(here)).Failure);
        Assert.Null((await harness.ReadTokenAsync(next)).Failure);
    }

    [Fact]
    public async Task A_login_that_another_login_overtakes_opens_its_session()
    {
        var harness = new LoginHarness();
        await harness.NewUserAsync("grace");
        harness.BeforeSession = async () =>
        {
            harness.BeforeSession = () => Task.CompletedTask;
            Assert.Null((await harness.LoginAsync("grace", "correct horse battery staple")).Failure);
        };

        var overtaken = await harness.LoginAsync("grace", "correct horse battery staple");

        Assert.Null((await harness.ReadTokenAsync(overtaken.Value)).Failure);
    }

    [Fact]
    public async Task More_sessions_than_a_transaction_takes_end_with_their_user()
    {
        var harness = new LoginHarness { VerifyTime = TimeSpan.Zero };
        List<Login> logins = [await harness.NewUserAsync("grace")];
        for (int number = 0; number < 250; number++)
        {
            logins.Add((await harness.LoginAsync("grace", "correct horse battery staple")).Value);
        }

        Assert.Null((await harness.Users.DeleteAsync(LoginHarness.Administrator, logins[0].Principal.UserId, CancellationToken.None)).Failure);

        foreach (var login in logins)
        {
            Assert.IsType<Failure.Unauthenticated>((await harness.ReadTokenAsync(login)).Failure);
        }
    }

    [Fact]
    public async Task A_wrong_current_password_counts_as_a_failed_login()
    {
        var harness = new LoginHarness();
        var login = await harness.NewUserAsync("grace");
        for (int number = 0; number < 5; number++)
        {
            var refused = await harness.Passwords.ChangeAsync(
                login.Principal, $"guess {number}", "quite another battery", new Origin("test", null), CancellationToken.None);
            Assert.Contains("currentPassword", Assert.IsType<Failure.Rejected>(refused.Failure).Errors.Keys);
        }

        var right = await harness.Passwords.ChangeAsync(
            login.Principal, "correct horse battery staple", "quite another battery", new Origin("test", null), CancellationToken.None);

        Assert.IsType<Failure.Throttled>(right.Failure);
    }
}
