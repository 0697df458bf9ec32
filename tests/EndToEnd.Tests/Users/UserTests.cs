using System.Net;
using McpFunctions.EndToEnd.Tests.Events;

namespace McpFunctions.EndToEnd.Tests.Users;

public sealed class UserTests(GatewayApplication gateway)
{
    private static readonly string[] s_readFiles = ["files:read"];

    [Fact]
    public async Task An_administrator_makes_a_user_who_then_signs_in()
    {
        var admin = await gateway.LoginAsync();
        var username = $"Ada-{Guid.NewGuid():N}";
        var password = gateway.Secret();

        using var response = await admin.PostAsync("users", new { username, password, role = "user" });
        var user = await response.JsonAsync(HttpStatusCode.Created);

        Assert.Equal(["id", "username", "role", "createdAt"], user.EnumerateObject().Select(field => field.Name));
        Assert.EndsWith($"/api/users/{user.Text("id")}", response.Header("Location"), StringComparison.Ordinal);
        Assert.Equal(user.Text("id"), (await gateway.LoginAsync(username.ToLowerInvariant(), password)).Id);
        Assert.Equal("user", (await (await gateway.LoginAsync(username, password)).GetAsync("auth/me").JsonAsync()).Text("user", "role"));
        await admin.PostAsync("users", new { username = username.ToUpperInvariant(), password, role = "admin" }).ProblemAsync(HttpStatusCode.Conflict, "conflict");
    }

    [Fact]
    public async Task Of_several_parallel_requests_for_the_same_user_one_succeeds()
    {
        var admin = await gateway.LoginAsync();
        var username = $"contested-{Guid.NewGuid():N}";

        var responses = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => admin.PostAsync("users", new { username, password = gateway.Secret(), role = "user" })));

        Assert.Equal(1, responses.Count(response => response.StatusCode == HttpStatusCode.Created));
        Assert.Equal(4, responses.Count(response => response.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Users_are_listed_by_name_page_by_page_and_without_hashes()
    {
        var admin = await gateway.LoginAsync();
        var accounts = new[] { await gateway.NewAccountAsync(), await gateway.NewAccountAsync("admin"), await gateway.NewAccountAsync() };

        List<string> names = [];
        string? next = null;
        do
        {
            var part = await admin.GetAsync($"users?limit=2{(next is null ? "" : $"&continuationToken={next}")}").JsonAsync();
            Assert.InRange(part.Items("items").Length, 1, 2);
            Assert.DoesNotContain("hash", part.ToString(), StringComparison.OrdinalIgnoreCase);
            names.AddRange(part.Items("items").Select(user => user.Text("username")));
            next = part.Has("continuationToken") ? part.Text("continuationToken") : null;
        }
        while (next is not null);

        Assert.Equal(accounts.Select(account => account.Username).Order(StringComparer.Ordinal), names.Where(name => accounts.Any(account => account.Username == name)));
        await admin.GetAsync("users?continuationToken=nonsense").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "continuationToken");
    }

    [Fact]
    public async Task Every_session_and_key_of_a_deleted_user_is_invalid_at_once()
    {
        var admin = await gateway.LoginAsync();
        var (id, username, password) = await gateway.NewAccountAsync();
        var user = await gateway.LoginAsync(username, password);
        var elsewhere = await gateway.LoginAsync(username, password);
        var issued = await user.PostAsync("apikeys", new { name = "key", scopes = s_readFiles }).JsonAsync(HttpStatusCode.Created);
        await using var events = await EventListener.StartAsync(gateway);

        await admin.SendAsync(HttpMethod.Delete, $"users/{id}").EmptyAsync(HttpStatusCode.NoContent);

        await user.GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await elsewhere.GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        using var request = new HttpRequestMessage(HttpMethod.Get, "files") { Headers = { { "x-api-key", gateway.Confidential(issued.Text("key")) } } };
        await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await gateway.PostLoginAsync(username, password).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await admin.SendAsync(HttpMethod.Delete, $"users/{id}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        foreach (var session in new[] { user, elsewhere })
        {
            Assert.Equal("revoked", (await events.WaitForAsync("session.expired", "sessionId", session.SessionId)).Text("payload", "reason"));
        }
        Assert.Equal(admin.Id, (await events.WaitForAsync("apikey.revoked", "keyId", issued.Text("id"))).Text("payload", "revokedBy"));
        // The name is free again for another user.
        var again = await admin.PostAsync("users", new { username, password, role = "user" }).JsonAsync(HttpStatusCode.Created);
        Assert.NotEqual(id, again.Text("id"));
    }

    [Fact]
    public async Task Only_administrators_manage_users_and_nobody_deletes_the_one_of_the_settings()
    {
        var admin = await gateway.LoginAsync();
        var user = await gateway.NewSignedInAsync();

        await user.GetAsync("users").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await user.PostAsync("users", new { username = "mallory", password = gateway.Secret(), role = "admin" }).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await user.SendAsync(HttpMethod.Delete, $"users/{user.Id}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await admin.SendAsync(HttpMethod.Delete, $"users/{admin.Id}").ProblemAsync(HttpStatusCode.Conflict, "conflict");
        await admin.SendAsync(HttpMethod.Delete, "users/nobody").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await admin.PostAsync(
            "users", new { username = gateway.AdminUsername, password = gateway.Secret(), role = "admin" }).ProblemAsync(HttpStatusCode.Conflict, "conflict");
    }

    [Theory]
    [InlineData("", "Tr0ub4dor-and-more", "user", "username")]
    [InlineData("two words", "Tr0ub4dor-and-more", "user", "username")]
    [InlineData("../profile", "Tr0ub4dor-and-more", "user", "username")]
    [InlineData("\u0430dmin", "Tr0ub4dor-and-more", "user", "username")]
    [InlineData("ada", "Tr0ub4dor-and-more", "owner", "role")]
    [InlineData("ada", null, null, "password")]
    [InlineData("ada", "short-one", "user", "password")]
    [InlineData("ada", "aaaaaaaaaaaaaaaa", "user", "password")]
    [InlineData("ada", "Password123!", "user", "password")]
    [InlineData("ada", "qwertyqwerty12", "user", "password")]
    [InlineData("ada", "1qaz2wsx3edc", "user", "password")]
    [InlineData("ada", "q1w2e3r4t5y6", "user", "password")]
    [InlineData("ada", "zxcvbnm12345", "user", "password")]
    [InlineData("ada", "dragon123456", "user", "password")]
    [InlineData("ada-lovelace", "ADA-LOVELACE-1815", "user", "password")]
    public async Task An_invalid_user_or_a_weak_password_is_refused_field_by_field(string username, string? password, string? role, params string[] fields)
    {
        await gateway.NewUser().PostAsync("users", new { username, password, role }).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", fields);
    }
}
