using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Idempotency;

public sealed class IdempotencyTests(GatewayApplication gateway)
{
    [Theory]
    [InlineData("commands", """{"name": "build", "input": {"target": "all"}}""", HttpStatusCode.Created)]
    [InlineData("commands/{command}/complete", """{"output": {"ok": true}}""", HttpStatusCode.OK)]
    [InlineData("commands/{command}/fail", """{"error": "It broke."}""", HttpStatusCode.OK)]
    [InlineData("workflows", """{"name": "release"}""", HttpStatusCode.Accepted)]
    [InlineData("workflows/{workflow}/complete", """{"status": "succeeded"}""", HttpStatusCode.OK)]
    [InlineData("users", """{"username": "{new}", "password": "no-word-of-that-name-42", "role": "user"}""", HttpStatusCode.Created)]
    [InlineData("events/replay", """{"consumer": "audit", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", HttpStatusCode.Accepted)]
    [InlineData("dead-letters/retry", """{"consumer": "audit", "type": "apikey.created"}""", HttpStatusCode.OK)]
    public async Task A_request_that_is_sent_again_with_its_key_has_no_second_effect_and_the_same_response(string route, string body, HttpStatusCode expected)
    {
        var user = gateway.NewUser();
        route = route
            .Replace("{command}", (await user.PostAsync("commands", new { name = "n" }).JsonAsync(HttpStatusCode.Created)).Text("id"), StringComparison.Ordinal)
            .Replace("{workflow}", (await user.PostAsync("workflows", new { name = "n" }).JsonAsync(HttpStatusCode.Accepted)).Text("id"), StringComparison.Ordinal);
        body = body.Replace("{new}", $"u{Guid.NewGuid():N}", StringComparison.Ordinal);
        var key = Guid.NewGuid().ToString();

        // Two at once, and one later.
        var responses = await Task.WhenAll(PostAsync(user, route, key, body), PostAsync(user, route, key, body));
        var later = await PostAsync(user, route, key, body);

        var first = await later.Content.ReadAsStringAsync();
        Assert.Equal(expected, later.StatusCode);
        foreach (var response in responses)
        {
            // A change that cannot commit together with its idempotency row may get a conflict.
            if (response.StatusCode == HttpStatusCode.Conflict && !route.Contains("commands", StringComparison.Ordinal) && !route.Contains("workflows", StringComparison.Ordinal))
            {
                continue;
            }
            Assert.Equal(expected, response.StatusCode);
            Assert.Equal(first, await response.Content.ReadAsStringAsync());
            Assert.Equal(later.Headers.Location, response.Headers.Location);
        }
        // The gateway keeps no hash of a body with a password. It compares the fields.
        var another = route == "users" ? body.Replace("\"user\"}", "\"admin\"}", StringComparison.Ordinal) : $" {body}";
        await PostAsync(user, route, key, another).ProblemAsync(HttpStatusCode.Conflict, "conflict");
    }

    [Fact]
    public async Task Commands_that_are_started_twice_with_one_key_are_one_command()
    {
        var user = gateway.NewUser();
        var key = Guid.NewGuid().ToString();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(user, "commands", key, """{"name": "once"}""").JsonAsync(HttpStatusCode.Created)));

        var command = Assert.Single((await user.GetAsync("commands").JsonAsync()).Items("items"));
        await Eventually.UntilAsync(async () => (await user.AuditAsync($"&resourceId={command.Text("id")}")).Length == 1);
        // The same key on another route, or of another user, is another key.
        await PostAsync(user, "workflows", key, """{"name": "once"}""").JsonAsync(HttpStatusCode.Accepted);
        Assert.NotEqual(command.Text("id"), (await PostAsync(gateway.NewUser(), "commands", key, """{"name": "once"}""").JsonAsync(HttpStatusCode.Created)).Text("id"));
    }

    [Fact]
    public async Task A_key_does_not_depend_on_the_case_of_the_path()
    {
        var user = gateway.NewUser();
        var key = Guid.NewGuid().ToString();
        const string Body = """{"name": "once"}""";

        var first = await PostAsync(user, "commands", key, Body).JsonAsync(HttpStatusCode.Created);
        var again = await PostAsync(user, "Commands/", key, Body).JsonAsync(HttpStatusCode.Created);
        await PostAsync(user, "COMMANDS", key, """{"name": "twice"}""").ProblemAsync(HttpStatusCode.Conflict, "conflict");

        Assert.Equal(first.Text("id"), again.Text("id"));
        Assert.Single((await user.GetAsync("commands").JsonAsync()).Items("items"));
        using var file = await user.PostRawAsync("once.bin", "content"u8.ToArray(), null, ("Idempotency-Key", key));
        using var sameFile = await user.SendAsync(HttpMethod.Post, "Files?filename=once.bin", new ByteArrayContent("content"u8.ToArray()), ("Idempotency-Key", key));
        Assert.Equal((await file.JsonAsync(HttpStatusCode.Created)).Text("id"), (await sameFile.JsonAsync(HttpStatusCode.Created)).Text("id"));
    }

    [Fact]
    public async Task An_upload_that_is_sent_again_is_known_by_its_content()
    {
        var user = gateway.NewUser();
        (string, string) key = ("Idempotency-Key", Guid.NewGuid().ToString());

        using var first = await user.PostRawAsync("once.bin", "content"u8.ToArray(), null, key);
        using var again = await user.PostRawAsync("once.bin", "content"u8.ToArray(), null, key);

        var file = await first.JsonAsync(HttpStatusCode.Created);
        Assert.Equal(file.GetRawText(), (await again.JsonAsync(HttpStatusCode.Created)).GetRawText());
        Assert.Equal((first.Headers.Location, first.Headers.ETag), (again.Headers.Location, again.Headers.ETag));
        await user.PostRawAsync("once.bin", "another"u8.ToArray(), null, key).ProblemAsync(HttpStatusCode.Conflict, "conflict");
        await user.PostRawAsync("another.bin", "content"u8.ToArray(), null, key).ProblemAsync(HttpStatusCode.Conflict, "conflict");
        var responses = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => user.PostRawAsync("once.bin", "content"u8.ToArray(), null, key)));
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.Created, response.StatusCode));
        Assert.Equal(file.Text("id"), Assert.Single(await user.FilesAsync()).Text("id"));
        Assert.Equal("content"u8.ToArray(), await user.DownloadAsync(file.Text("id")));
    }

    [Fact]
    public async Task An_API_key_is_issued_once_and_shown_once_and_not_stored()
    {
        var user = await gateway.NewSignedInAsync();
        var key = Guid.NewGuid().ToString();
        const string Body = """{"name": "ci", "scopes": ["files:read"]}""";

        var issued = await PostAsync(user, "apikeys", key, Body).JsonAsync(HttpStatusCode.Created);
        var again = await PostAsync(user, "apikeys", key, Body).JsonAsync(HttpStatusCode.Created);

        var secret = gateway.Confidential(issued.Text("key").Split('_')[^1]);
        Assert.False(again.Has("key"));
        Assert.Equal(issued.Text("id"), again.Text("id"));
        Assert.Single((await user.GetAsync("apikeys").JsonAsync()).Items("items"));
        await foreach (var row in new TableClient(gateway.Azurite.ConnectionString, "Gateway").QueryAsync<TableEntity>(row => row.PartitionKey == $"user:{user.Id}"))
        {
            Assert.DoesNotContain(secret, Encoding.UTF8.GetString(row.GetBinary("Body") ?? []), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_user_that_is_made_again_with_another_password_is_another_request()
    {
        var admin = gateway.NewUser();
        var key = Guid.NewGuid().ToString();
        var (name, password) = ($"user-{Guid.NewGuid():N}", gateway.Secret());

        await PostAsync(admin, "users", key, JsonSerializer.Serialize(new { username = name, password, role = "user" })).JsonAsync(HttpStatusCode.Created);
        await PostAsync(admin, "users", key, JsonSerializer.Serialize(new { username = name, password = gateway.Secret(), role = "user" }))
            .ProblemAsync(HttpStatusCode.Conflict, "conflict");

        await gateway.LoginAsync(name, password);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("tab\tbetween")]
    [InlineData("256")]
    public async Task An_invalid_key_is_refused_and_has_no_effect(string key)
    {
        var user = gateway.NewUser();

        await PostAsync(user, "commands", key == "256" ? new string('k', 256) : key, """{"name": "never"}""")
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "Idempotency-Key");

        Assert.Empty((await user.GetAsync("commands").JsonAsync()).Items("items"));
    }

    [Fact]
    public async Task A_failed_request_may_be_sent_again_with_the_same_key()
    {
        var user = gateway.NewUser();
        var key = Guid.NewGuid().ToString();

        await PostAsync(user, "commands", key, """{"name": ""}""").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "name");
        await PostAsync(user, "commands", key, """{"name": "now"}""").JsonAsync(HttpStatusCode.Created);
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayUser user, string route, string key, string body) =>
        user.SendAsync(HttpMethod.Post, route, new StringContent(body, Encoding.UTF8, "application/json"), ("Idempotency-Key", key));
}
