using System.Net;
using McpFunctions.EndToEnd.Tests.Events;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Users;

public sealed class UserAdministrationTests(GatewayApplication gateway)
{
    private static readonly string[] s_filesRead = ["files:read"];
    private static readonly string[] s_readOthers = ["files:read", "context:read", "events:admin", "users:read"];
    private static readonly string[] s_readOwn = ["files:read", "context:read", "events:admin"];

    [Fact]
    public async Task The_administrator_of_the_settings_is_in_the_list_and_a_user_is_made_without_a_role()
    {
        var admin = await gateway.LoginAsync();
        var username = $"plain-{Guid.NewGuid():N}";

        var made = await admin.PostAsync("users", new { username, password = gateway.Secret() }).JsonAsync(HttpStatusCode.Created);

        Assert.Equal("user", made.Text("role"));
        List<(string Id, string Name)> users = [];
        string? next = null;
        do
        {
            var part = await admin.GetAsync($"users?limit=3{(next is null ? "" : $"&continuationToken={next}")}").JsonAsync();
            users.AddRange(part.Items("items").Select(user => (user.Text("id"), user.Text("username"))));
            next = part.Has("continuationToken") ? part.Text("continuationToken") : null;
        }
        while (next is not null);
        Assert.Single(users, user => user == (admin.Id, gateway.AdminUsername));
        Assert.Single(users, user => user.Name == username);
        Assert.Equal(users.Select(user => user.Name.ToLowerInvariant()).Order(StringComparer.Ordinal), users.Select(user => user.Name.ToLowerInvariant()));
    }

    [Fact]
    public async Task A_user_changes_the_password_with_the_current_one_and_the_other_sessions_end()
    {
        var (id, username, password) = await gateway.NewAccountAsync();
        var user = await gateway.LoginAsync(username, password);
        var elsewhere = await gateway.LoginAsync(username, password);
        var newPassword = gateway.Secret();
        await using var events = await EventListener.StartAsync(gateway);

        await user.PostAsync(
            "auth/password", new { currentPassword = "not the one", newPassword }).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "currentPassword");
        await user.PostAsync("auth/password", new { currentPassword = password, newPassword = "dragon123456" }).ProblemAsync(
            HttpStatusCode.BadRequest, "invalid-request", "newPassword");
        await user.PostAsync("auth/password", new { currentPassword = password, newPassword }).EmptyAsync(HttpStatusCode.NoContent);

        await user.FilesAsync();
        await elsewhere.GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal("revoked", (await events.WaitForAsync("session.expired", "sessionId", elsewhere.SessionId)).Text("payload", "reason"));
        await gateway.PostLoginAsync(username, password).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal(id, (await gateway.LoginAsync(username, newPassword)).Id);
        // The password of the administrator in the settings is changed in the settings.
        await (await gateway.LoginAsync()).PostAsync("auth/password", new { currentPassword = gateway.AdminPassword, newPassword = gateway.Secret() })
            .ProblemAsync(HttpStatusCode.Conflict, "conflict");
    }

    [Fact]
    public async Task An_administrator_sees_and_revokes_anybody_s_sessions_and_keys()
    {
        var admin = await gateway.LoginAsync();
        var user = await gateway.NewSignedInAsync();
        var issued = await user.PostAsync("apikeys", new { name = "key", scopes = s_filesRead }).JsonAsync(HttpStatusCode.Created);
        gateway.Confidential(issued.Text("key"));

        Assert.Equal(user.SessionId, Assert.Single((await admin.GetAsync($"users/{user.Id}/sessions").JsonAsync()).Items("items")).Text("id"));
        Assert.Equal(issued.Text("id"), Assert.Single((await admin.GetAsync($"users/{user.Id}/apikeys").JsonAsync()).Items("items")).Text("id"));
        await admin.SendAsync(HttpMethod.Delete, $"users/{user.Id}/apikeys/{issued.Text("id")}").EmptyAsync(HttpStatusCode.NoContent);
        await admin.SendAsync(HttpMethod.Delete, $"users/{user.Id}/sessions/{user.SessionId}").EmptyAsync(HttpStatusCode.NoContent);

        await user.GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        using var request = new HttpRequestMessage(HttpMethod.Get, "files") { Headers = { { "x-api-key", issued.Text("key") } } };
        await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await admin.SendAsync(HttpMethod.Delete, $"users/{user.Id}/sessions/{user.SessionId}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await admin.GetAsync($"users/{Guid.NewGuid()}/sessions").ProblemAsync(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task An_administrator_s_key_names_another_user_only_with_its_own_scope()
    {
        var admin = await gateway.NewSignedInAsync("admin");
        var other = gateway.NewUser("user");
        var without = await KeyAsync(admin, s_readOwn);
        var with = await KeyAsync(admin, s_readOthers);

        foreach (var path in new[] { "files", "orchestrator/context", "events" })
        {
            var refused = await SendAsync(without, $"{path}?userId={other.Id}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
            Assert.Contains("users:read", refused.Text("detail"), StringComparison.Ordinal);
            await SendAsync(without, $"{path}?userId={admin.Id}").JsonAsync();
            await SendAsync(with, $"{path}?userId={other.Id}").JsonAsync();
        }
    }

    [Fact]
    public async Task Each_action_of_an_administrator_is_in_the_audit_log()
    {
        var admin = await gateway.NewSignedInAsync("admin");
        var username = $"audited-{Guid.NewGuid():N}";
        var id = (await admin.PostAsync("users", new { username, password = gateway.Secret() }).JsonAsync(HttpStatusCode.Created)).Text("id");
        var password = gateway.Secret();
        await admin.PostAsync($"users/{id}/password", new { password }).EmptyAsync(HttpStatusCode.NoContent);
        var user = await gateway.LoginAsync(username, password);
        await admin.GetAsync($"files?userId={id}").JsonAsync();
        await admin.GetAsync($"orchestrator/context?userId={id}").JsonAsync();
        await admin.GetAsync($"events?userId={id}").JsonAsync();
        await admin.GetAsync($"users/{id}/sessions").JsonAsync();
        await admin.SendAsync(HttpMethod.Delete, $"users/{id}/sessions/{user.SessionId}").EmptyAsync(HttpStatusCode.NoContent);
        using var deleted = await admin.SendAsync(HttpMethod.Delete, $"users/{id}");
        await Task.FromResult(deleted).EmptyAsync(HttpStatusCode.NoContent);

        // No waiting: the line is written before the response.
        var lines = (await admin.GetAsync($"audit?resourceId={id}&userId={admin.Id}").JsonAsync()).Items("items");
        Assert.Equal(
            ["users.delete", "users.credentials.read", "users.events.read", "users.context.read", "users.files.read", "users.password", "users.create"],
            lines.Select(line => line.Text("action")));
        var ofRequest = (await admin.GetAsync($"audit?correlationId={deleted.Header("X-Correlation-Id")}").JsonAsync()).Items("items");
        Assert.Contains(ofRequest, line => line.Text("action") == "users.delete" && line.Text("userId") == admin.Id);
        Assert.Equal("users.session.revoke", Assert.Single(
            (await admin.GetAsync($"audit?resourceId={user.SessionId}&userId={admin.Id}").JsonAsync()).Items("items")).Text("action"));
        // Access to one's own data is not audited.
        await admin.GetAsync($"files?userId={admin.Id}").JsonAsync();
        Assert.Empty((await admin.GetAsync($"audit?resourceId={admin.Id}&type=users.files.read").JsonAsync()).Items("items"));
    }

    [Fact]
    public async Task Files_of_a_deleted_user_are_removed_and_events_and_audit_lines_stay()
    {
        var admin = await gateway.LoginAsync();
        var user = await gateway.NewSignedInAsync();
        var file = (await user.UploadAsync("left-behind.txt")).Text("id");
        Assert.Single((await admin.GetAsync($"files?userId={user.Id}").JsonAsync()).Items("items"));

        await admin.SendAsync(HttpMethod.Delete, $"users/{user.Id}").EmptyAsync(HttpStatusCode.NoContent);

        await Eventually.GetAsync(async () => (await admin.GetAsync($"files?userId={user.Id}").JsonAsync()).Items("items"), files => files.Length == 0);
        var lines = await Eventually.GetAsync(
            async () => (await admin.GetAsync($"audit?resourceId={file}").JsonAsync()).Items("items"), lines => lines.Length == 2);
        Assert.Equal(["file.delete", "file.upload"], lines.Select(line => line.Text("action")));
    }

    private async Task<string> KeyAsync(GatewayUser owner, string[] scopes) =>
        gateway.Confidential((await owner.PostAsync("apikeys", new { name = "key", scopes }).JsonAsync(HttpStatusCode.Created)).Text("key"));

    private async Task<HttpResponseMessage> SendAsync(string key, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "x-api-key", key } } };
        return await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
