using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using McpFunctions.EndToEnd.Tests.Events;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.ApiKeys;

public sealed class ApiKeyTests(GatewayApplication gateway)
{
    private static readonly string[] s_readFiles = ["files:read"];

    [Fact]
    public async Task A_key_is_shown_once_and_opens_what_its_scopes_allow()
    {
        var user = await gateway.NewSignedInAsync();
        await user.UploadAsync("of-the-owner.txt");
        await using var events = await EventListener.StartAsync(gateway);

        var issued = await IssueAsync(user, "files:read");

        var (id, key) = (issued.Text("id"), issued.Text("key"));
        Assert.Matches($"^mcp_{id}_[0-9a-f]{{64}}$", key);
        Assert.Equal(["id", "key", "name", "scopes", "createdAt"], issued.EnumerateObject().Select(field => field.Name));
        Assert.Single((await SendAsync(key, HttpMethod.Get, "files").JsonAsync()).Items("items"));
        var listed = Assert.Single((await user.GetAsync("apikeys").JsonAsync()).Items("items"));
        Assert.Equal(["id", "name", "scopes", "createdAt", "lastUsedAt"], listed.EnumerateObject().Select(field => field.Name));
        Assert.DoesNotContain(key, listed.ToString(), StringComparison.Ordinal);

        var me = await SendAsync(key, HttpMethod.Get, "auth/me").JsonAsync();
        Assert.Equal((user.Id, id), (me.Text("user", "id"), me.Text("keyId")));
        Assert.False(me.Has("sessionId"));
        Assert.Equal("files:read", Assert.Single(me.Items("scopes")).GetString());

        var created = await events.WaitForAsync("apikey.created", "keyId", id);
        Assert.Equal(user.Id, created.Text("payload", "createdBy"));
        Assert.DoesNotContain(key.Split('_')[2], created.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_without_the_scope_is_refused_and_so_is_every_key_where_only_a_session_will_do()
    {
        var user = await gateway.NewSignedInAsync("admin");
        var key = (await IssueAsync(user, "files:read", "audit:read")).Text("key");

        await SendAsync(key, HttpMethod.Get, "audit").JsonAsync();
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Post, "files?filename=new.txt"), (HttpMethod.Get, "notifications"), (HttpMethod.Get, "orchestrator/context"), (HttpMethod.Get, "consumers"),
            (HttpMethod.Get, "apikeys"), (HttpMethod.Post, "apikeys"), (HttpMethod.Get, "sessions"), (HttpMethod.Get, "users"), (HttpMethod.Post, "users"),
            (HttpMethod.Post, "auth/refresh"), (HttpMethod.Post, "auth/logout"),
        })
        {
            await SendAsync(key, method, path).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        }
        Assert.Empty(await user.FilesAsync());
    }

    [Fact]
    public async Task A_revoked_key_is_invalid_at_once_and_one_event_is_published()
    {
        var user = await gateway.NewSignedInAsync();
        var issued = await IssueAsync(user, "files:read");
        var stranger = await gateway.NewSignedInAsync("admin");
        await using var events = await EventListener.StartAsync(gateway);

        await stranger.SendAsync(HttpMethod.Delete, $"apikeys/{issued.Text("id")}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await SendAsync(issued.Text("key"), HttpMethod.Get, "files").JsonAsync();
        await user.SendAsync(HttpMethod.Delete, $"apikeys/{issued.Text("id")}").EmptyAsync(HttpStatusCode.NoContent);

        await SendAsync(issued.Text("key"), HttpMethod.Get, "files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await user.SendAsync(HttpMethod.Delete, $"apikeys/{issued.Text("id")}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        Assert.Empty((await user.GetAsync("apikeys").JsonAsync()).Items("items"));
        var revoked = await events.WaitForAsync("apikey.revoked", "keyId", issued.Text("id"));
        Assert.Equal(user.Id, revoked.Text("payload", "revokedBy"));
        Assert.Single(events.Heard("apikey.revoked", "keyId", issued.Text("id")));
    }

    [Fact]
    public async Task An_expired_key_is_refused_and_its_use_publishes_an_event()
    {
        var user = await gateway.NewSignedInAsync();
        var seconds = 1;
        // A key that lives longer where the machine is so busy that one is over before its use.
        var key = await Eventually.GetAsync(
            async () =>
            {
                var expiresAt = DateTimeOffset.UtcNow.AddSeconds(seconds *= 3);
                var issued = await user.PostAsync("apikeys", new { name = "short", scopes = s_readFiles, expiresAt }).JsonAsync(HttpStatusCode.Created);
                var key = gateway.Confidential(issued.Text("key"));
                await SendAsync(key, HttpMethod.Get, "files").JsonAsync();
                return key;
            },
            _ => true);
        await using var events = await EventListener.StartAsync(gateway);

        await Eventually.UntilAsync(async () => (await SendAsync(key, HttpMethod.Get, "files", "203.0.113.91")).StatusCode == HttpStatusCode.Unauthorized);

        var failed = await events.WaitForAsync("auth.failed", "userId", user.Id);
        Assert.Equal(("expired-key", user.Username, "apikey"), (failed.Text("payload", "reason"), failed.Text("payload", "username"), failed.Text("payload", "method")));
        Assert.DoesNotContain(key.Split('_')[2], failed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_almost_a_key_is_refused()
    {
        var user = await gateway.NewSignedInAsync();
        var key = (await IssueAsync(user, "files:read")).Text("key");
        var other = (await IssueAsync(user, "files:read")).Text("key");

        string[] wrong =
        [
            "garbage", "mcp_", key[..^1], $"{key}0", key.Replace("mcp_", "MCP_", StringComparison.Ordinal), $"{key[..^1]}{(key[^1] == '0' ? '1' : '0')}",
            $"{key[..41]}{other[41..]}", $"mcp_{Guid.NewGuid()}_{key[41..]}", key.ToUpperInvariant(),
        ];
        foreach (var text in wrong)
        {
            await SendAsync(text, HttpMethod.Get, "files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }
        await user.GetAsync("files", ("x-api-key", key)).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Storage_holds_the_hash_of_a_key_and_never_the_key()
    {
        var user = await gateway.NewSignedInAsync();
        var issued = await IssueAsync(user, "files:read");
        await SendAsync(issued.Text("key"), HttpMethod.Get, "files").JsonAsync();
        var secret = issued.Text("key").Split('_')[2];

        var table = new TableClient(gateway.Azurite.ConnectionString, "Gateway");
        var rows = table.QueryAsync<TableEntity>($"PartitionKey eq 'user:{user.Id}' or PartitionKey eq 'apikey:{issued.Text("id")}'");
        var count = 0;
        await foreach (var row in rows)
        {
            count++;
            Assert.DoesNotContain(secret, Encoding.UTF8.GetString(row.GetBinary("Body") ?? []), StringComparison.Ordinal);
        }
        Assert.True(count >= 3);
    }

    [Theory]
    [InlineData("""{}""", "name", "scopes")]
    [InlineData("""{"name": "  ", "scopes": []}""", "name", "scopes")]
    [InlineData("""{"name": "line\nbreak", "scopes": ["files:read"]}""", "name")]
    [InlineData("""{"name": "key", "scopes": ["files:everything"]}""", "scopes")]
    [InlineData("""{"name": "key", "scopes": [null]}""", "scopes")]
    [InlineData("""{"name": "key", "scopes": ["audit:read"]}""", "scopes")]
    [InlineData("""{"name": "key", "scopes": ["events:admin", "files:read"]}""", "scopes")]
    [InlineData("""{"name": "key", "scopes": ["files:read"], "expiresAt": "2020-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"name": "key", "scopes": ["files:read"], "expiresAt": "tomorrow"}""", "expiresAt")]
    public async Task An_invalid_request_for_a_key_is_refused_field_by_field(string body, params string[] fields)
    {
        var user = gateway.NewUser("user");

        await user.SendAsync(HttpMethod.Post, "apikeys", new StringContent(body, Encoding.UTF8, "application/json"))
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", fields);
    }

    private async Task<JsonElement> IssueAsync(GatewayUser user, params string[] scopes)
    {
        var issued = await user.PostAsync("apikeys", new { name = "A key", scopes }).JsonAsync(HttpStatusCode.Created);
        gateway.Confidential(issued.Text("key").Split('_')[2]);
        return issued;
    }

    private async Task<HttpResponseMessage> SendAsync(string key, HttpMethod method, string path, string? address = null)
    {
        using var request = new HttpRequestMessage(method, path);
        Assert.True(request.Headers.TryAddWithoutValidation("x-api-key", key));
        if (address is not null)
        {
            request.Headers.Add("X-Forwarded-For", address);
        }
        return await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
