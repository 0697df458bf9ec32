using System.Net;
using McpFunctions.EndToEnd.Tests.Events;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Sessions;

public sealed class SessionTests(GatewayApplication gateway)
{
    [Fact]
    public async Task A_user_sees_the_own_sessions_and_which_of_them_is_the_current_one()
    {
        var (_, username, password) = await gateway.NewAccountAsync();
        var first = await gateway.LoginAsync(username, password);
        var second = await gateway.LoginAsync(username, password);

        var sessions = (await second.GetAsync("sessions").JsonAsync()).Items("items");

        Assert.Equal([first.SessionId, second.SessionId], sessions.Select(session => session.Text("id")));
        Assert.Equal([false, true], sessions.Select(session => session.At("current").GetBoolean()));
        Assert.All(sessions, session => Assert.Equal(
            ["id", "createdAt", "lastSeenAt", "expiresAt", "endsAt", "current"], session.EnumerateObject().Select(field => field.Name)));
        var part = await second.GetAsync("sessions?limit=1").JsonAsync();
        var rest = await second.GetAsync($"sessions?limit=1&continuationToken={part.Text("continuationToken")}").JsonAsync();
        Assert.Equal(second.SessionId, Assert.Single(rest.Items("items")).Text("id"));
    }

    [Fact]
    public async Task A_revoked_session_is_invalid_at_once_and_one_event_is_published()
    {
        var (_, username, password) = await gateway.NewAccountAsync();
        var user = await gateway.LoginAsync(username, password);
        var lost = await gateway.LoginAsync(username, password);
        await using var events = await EventListener.StartAsync(gateway);

        var responses = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => user.SendAsync(HttpMethod.Delete, $"sessions/{lost.SessionId}")));

        Assert.Equal(1, responses.Count(response => response.StatusCode == HttpStatusCode.NoContent));
        Assert.Equal(4, responses.Count(response => response.StatusCode == HttpStatusCode.NotFound));
        await lost.GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(user.SessionId, Assert.Single((await user.GetAsync("sessions").JsonAsync()).Items("items")).Text("id"));
        Assert.Equal("revoked", (await events.WaitForAsync("session.expired", "sessionId", lost.SessionId)).Text("payload", "reason"));
        Assert.Single(events.Heard("session.expired", "sessionId", lost.SessionId));
    }

    [Fact]
    public async Task Sessions_of_others_are_not_found()
    {
        var owner = await gateway.NewSignedInAsync();
        var stranger = await gateway.NewSignedInAsync("admin");

        await stranger.SendAsync(HttpMethod.Delete, $"sessions/{owner.SessionId}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await stranger.SendAsync(HttpMethod.Delete, "sessions/no-id").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        Assert.DoesNotContain((await stranger.GetAsync("sessions").JsonAsync()).Items("items"), session => session.Text("id") == owner.SessionId);
        await owner.FilesAsync();
    }

    [Fact]
    public async Task A_session_ends_when_it_is_idle_and_a_used_one_ends_with_its_lifetime()
    {
        var (_, username, password) = await gateway.NewAccountAsync();
        await using var shortLived = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "short-sessions",
            Beside = gateway,
            Settings = new Dictionary<string, string?> { ["Auth__SessionIdleTimeout"] = "00:00:20", ["Auth__SessionLifetime"] = "00:01:00" },
        });
        await using var events = await EventListener.StartAsync(gateway);
        // Other sessions where the machine is so busy that the used one is idle for too long as well.
        var (idle, used, _) = await Eventually.GetAsync(
            async () =>
            {
                var idle = await shortLived.LoginAsync(username, password);
                var used = await shortLived.LoginAsync(username, password);
                var last = HttpStatusCode.OK;
                await Eventually.UntilAsync(async () =>
                {
                    using var response = await used.GetAsync("auth/me");
                    last = response.StatusCode;
                    return events.Heard("session.expired", "sessionId", idle.SessionId).Length > 0;
                });
                return (idle, used, last);
            },
            sessions => sessions.last == HttpStatusCode.OK);
        Assert.Equal("idle", events.Heard("session.expired", "sessionId", idle.SessionId)[0].Text("payload", "reason"));
        await idle.GetAsync("auth/me").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");

        await Eventually.UntilAsync(async () => (await used.GetAsync("auth/me")).StatusCode == HttpStatusCode.Unauthorized);
        await events.WaitForAsync("session.expired", "sessionId", used.SessionId);
        Assert.Single(events.Heard("session.expired", "sessionId", idle.SessionId));
        Assert.Single(events.Heard("session.expired", "sessionId", used.SessionId));
    }
}
