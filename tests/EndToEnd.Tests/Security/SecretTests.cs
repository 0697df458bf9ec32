using System.Net;
using System.Security.Cryptography;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Security;

/// <summary>No secret is in storage, in Redis, in events or in the log.</summary>
public sealed class SecretTests(GatewayApplication gateway)
{
    private static readonly string[] s_scopes = ["files:read", "files:write"];

    [Fact]
    public async Task No_password_token_or_key_is_stored_whatever_was_done_with_it()
    {
        var (_, username, password) = await gateway.NewAccountAsync();
        var user = await gateway.LoginAsync(username, password);
        gateway.Confidential((await user.PostAsync("auth/refresh").JsonAsync()).Text("accessToken").Split('.')[^1]);
        var issued = await user.PostAsync("apikeys", new { name = "key", scopes = s_scopes }).JsonAsync(HttpStatusCode.Created);
        var secret = gateway.Confidential(issued.Text("key").Split('_')[2]);
        await gateway.PostLoginAsync(username, password + "x").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        using (var request = new HttpRequestMessage(HttpMethod.Get, "files") { Headers = { { "x-api-key", issued.Text("key")[..^1] + "g" } } })
        {
            await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }
        await user.UploadAsync("there.txt");
        await user.SendAsync(HttpMethod.Delete, $"apikeys/{issued.Text("id")}").EmptyAsync(HttpStatusCode.NoContent);
        await user.PostAsync("auth/logout").EmptyAsync(HttpStatusCode.NoContent);
        var admin = await gateway.LoginAsync();
        await Eventually.UntilAsync(async () => (await admin.GetAsync($"audit?userId={user.Id}&type=auth.logout").JsonAsync()).Items("items").Length == 1);

        Assert.NotEmpty(secret);
        await gateway.AssertThatNothingStoredHoldsASecretAsync();
        gateway.AssertThatTheLogHoldsNoSecret();
    }

    [Fact]
    public async Task If_Redis_refuses_its_password_the_response_is_503_without_the_password()
    {
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionStringOfTests},allowAdmin=true");
        await SetUserAsync("gateway", "on", $">{password}", "~*", "&*", "+@all");
        await using var own = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "redis-password",
            Redis = redis,
            Settings = new Dictionary<string, string?> { ["RedisConnection"] = $"{redis.ConnectionString},user=gateway,password={password}" },
        });
        own.Confidential(password);
        var user = own.NewUser();
        await user.AuditOfAsync((await user.UploadAsync("before.txt")).Text("id"), 1);

        // First, the gateway loses its rights in Redis.
        await SetUserAsync("gateway", "-@all", "+@connection");
        await user.GetAsync("notifications").ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
        // Then the password changes, and the default user is off: only open connections stay.
        await SetUserAsync("default", "off");
        await SetUserAsync("gateway", "+@all", "resetpass", ">another");
        await connection.GetDatabase().ExecuteAsync("CLIENT", "KILL", "USER", "gateway");
        await own.Host.WaitForLineAsync("The connection to Redis at");
        await user.GetAsync("notifications").ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
        await user.UploadAsync("meanwhile.txt");
        own.AssertThatTheLogHoldsNoSecret();

        await SetUserAsync("gateway", "resetpass", $">{password}");
        await Eventually.UntilAsync(async () => (await user.GetAsync("notifications")).StatusCode == HttpStatusCode.OK);
        own.AssertThatTheLogHoldsNoSecret();

        Task SetUserAsync(string name, params string[] rules) => connection.GetDatabase().ExecuteAsync("ACL", ["SETUSER", name, .. rules]);
    }
}
