using System.Net;
using System.Text.Json;
using Azure.Data.Tables;
using McpFunctions.EndToEnd.Tests.Events;

namespace McpFunctions.EndToEnd.Tests.Auth;

[Collection(SecondInstance.Name)]
public sealed class SignedInTests(GatewayApplication gateway, SecondInstance second)
{
    [Fact]
    public async Task A_login_publishes_events_and_opens_a_session_of_the_user()
    {
        var (id, username, password) = await gateway.NewAccountAsync();
        await using var events = await EventListener.StartAsync(gateway);

        var user = await gateway.LoginAsync(username, password);

        Assert.Equal(id, user.Id);
        var login = await events.WaitForAsync("auth.login", "sessionId", user.SessionId);
        var created = await events.WaitForAsync("session.created", "sessionId", user.SessionId);
        Assert.Equal((id, username, "password"), (login.Text("payload", "userId"), login.Text("payload", "username"), login.Text("payload", "method")));
        Assert.Equal(id, created.Text("payload", "userId"));
        Assert.Equal(login.Text("correlationId"), created.Text("correlationId"));
        Assert.True(created.At("payload", "expiresAt").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddHours(11));
        Assert.DoesNotContain(password, $"{login}{created}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Me_says_who_is_signed_in_and_what_the_role_allows()
    {
        var user = await gateway.NewSignedInAsync();
        var admin = await gateway.LoginAsync();

        var me = await user.GetAsync("auth/me").JsonAsync();
        Assert.Equal((user.Id, user.Username, "user"), (me.Text("user", "id"), me.Text("user", "username"), me.Text("user", "role")));
        Assert.Equal(user.SessionId, me.Text("sessionId"));
        Assert.False(me.Has("keyId"));
        Assert.Equal(
            ["files:read", "files:write", "commands:read", "commands:write", "workflows:read", "workflows:write", "notifications:read", "context:read"],
            me.Items("scopes").Select(scope => scope.GetString()));
        Assert.Equal(11, (await admin.GetAsync("auth/me").JsonAsync()).Items("scopes").Length);
    }

    [Fact]
    public async Task A_refreshed_token_is_a_new_one_of_the_same_session()
    {
        var user = await gateway.NewSignedInAsync();

        var refreshed = await user.PostAsync("auth/refresh").JsonAsync();

        Assert.Equal(user.SessionId, refreshed.Text("sessionId"));
        Assert.NotEqual(user.Token, refreshed.Text("accessToken"));
        Assert.Equal(user.Id, refreshed.Text("user", "id"));
        var same = new GatewayUser(gateway.Http, user.Id, user.Username, refreshed.Text("accessToken"), user.SessionId);
        await same.FilesAsync();
    }

    [Fact]
    public async Task After_a_logout_every_token_of_the_session_is_invalid_at_once_and_the_user_s_other_session_is_not()
    {
        var (_, username, password) = await gateway.NewAccountAsync();
        var user = await gateway.LoginAsync(username, password);
        var elsewhere = await gateway.LoginAsync(username, password);
        var refreshed = (await user.PostAsync("auth/refresh").JsonAsync()).Text("accessToken");
        await using var events = await EventListener.StartAsync(gateway);

        await user.PostAsync("auth/logout").EmptyAsync(HttpStatusCode.NoContent);

        foreach (var token in new[] { user.Token, refreshed })
        {
            var left = new GatewayUser(gateway.Http, user.Id, username, token, user.SessionId);
            await left.GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            await left.PostAsync("auth/refresh").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            await left.PostAsync("auth/logout").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }
        await elsewhere.FilesAsync();
        var logout = await events.WaitForAsync("auth.logout", "sessionId", user.SessionId);
        var expired = await events.WaitForAsync("session.expired", "sessionId", user.SessionId);
        Assert.Equal((username, "password"), (logout.Text("payload", "username"), logout.Text("payload", "method")));
        Assert.Equal("logout", expired.Text("payload", "reason"));
        Assert.Single(events.Heard("session.expired", "sessionId", user.SessionId));
    }

    [Fact]
    public async Task A_rejected_token_publishes_an_event_with_the_reason_and_without_the_token()
    {
        var user = await gateway.NewSignedInAsync();
        await user.PostAsync("auth/logout").EmptyAsync(HttpStatusCode.NoContent);
        await using var events = await EventListener.StartAsync(gateway);
        (string, string)[] headers = [("X-Correlation-Id", $"rejected-{user.SessionId}"), ("X-Forwarded-For", "203.0.113.90")];
        var garbage = new GatewayUser(gateway.Http, "", "", "some.garbage.token", "");

        await user.GetAsync("files", headers).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await garbage.GetAsync("files", headers).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");

        var ended = await events.WaitForAsync("auth.failed", "userId", user.Id);
        Assert.Equal(("ended-session", user.Username), (ended.Text("payload", "reason"), ended.Text("payload", "username")));
        Assert.Equal("token", ended.Text("payload", "method"));
        Assert.Equal($"rejected-{user.SessionId}", ended.Text("correlationId"));
        Assert.DoesNotContain(user.Token.Split('.')[^1], ended.ToString(), StringComparison.Ordinal);
        var invalid = await events.WaitForAsync("auth.failed", "reason", "invalid-token");
        Assert.False(invalid.At("payload").Has("userId"));
        Assert.DoesNotContain("garbage", invalid.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_is_hashed_again_at_the_next_login_after_the_settings_raise_the_rounds()
    {
        var (id, username, password) = await gateway.NewAccountAsync();
        var before = await HashAsync();
        await gateway.LoginAsync(username, password);
        Assert.Equal(before, await HashAsync());

        await second.Gateway.LoginAsync(username, password);

        Assert.NotEqual(before, await HashAsync());
        await gateway.LoginAsync(username, password);

        async Task<string> HashAsync()
        {
            var row = await new TableClient(gateway.Azurite.ConnectionString, "Gateway").GetEntityAsync<TableEntity>($"user:{id}", "profile");
            var body = JsonDocument.Parse(row.Value.GetBinary("Body")).RootElement;
            Assert.DoesNotContain(password, body.ToString(), StringComparison.Ordinal);
            return body.Text("passwordHash");
        }
    }
}
