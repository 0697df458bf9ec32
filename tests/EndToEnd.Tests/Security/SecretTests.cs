using System.Net;
using System.Security.Cryptography;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Security;

/// <summary>Where secrets must not be: in storage, in Redis, in events, in the log.</summary>
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
    public async Task The_password_of_Redis_is_not_told_when_Redis_refuses_it_and_its_refusal_is_an_outage_and_no_error()
    {
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        var redis = await RedisServer.StartAsync();
        await using (redis)
        {
            await RedisUserAsync(redis, "on", $">{password}", "~*", "&*", "+@all");
            await using var own = await GatewayApplication.StartAsync(new GatewayOptions
            {
                Name = "redis-password",
                Redis = redis,
                Settings = new Dictionary<string, string?> { ["RedisConnection"] = $"{redis.ConnectionString},user=gateway,password={password}" },
            });
            own.Confidential(password);
            var user = own.NewUser();
            await user.AuditOfAsync((await user.UploadAsync("before.txt")).Text("id"), 1);

            // First the rights are gone, then the password is another one.
            await RedisUserAsync(redis, "-@all", "+ping", "+auth", "+hello", "+client");
            await user.GetAsync("notifications").ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
            await redis.RestartAsync();
            await Eventually.UntilAsync(() => RedisUserAsync(redis, "on", ">another", "~*", "&*", "+@all"));
            await user.GetAsync("notifications").ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
            await user.UploadAsync("meanwhile.txt");

            own.AssertThatTheLogHoldsNoSecret();
            await RedisUserAsync(redis, "resetpass", $">{password}");
            await Eventually.UntilAsync(async () => (await user.GetAsync("notifications")).StatusCode == HttpStatusCode.OK, TimeSpan.FromMinutes(2));
        }
    }

    private static async Task<bool> RedisUserAsync(RedisServer redis, params string[] rules)
    {
        await using var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        return $"{await connection.GetDatabase().ExecuteAsync("ACL", ["SETUSER", "gateway", .. rules])}" == "OK";
    }
}
