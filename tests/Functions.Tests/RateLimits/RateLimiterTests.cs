using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.RateLimits;
using McpFunctions.Functions.Redis;
using McpFunctions.TestServers;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Tests.RateLimits;

public sealed class RateLimiterTests(Stores stores)
{
    [Fact]
    public async Task All_sessions_and_API_keys_of_a_user_count_together_and_those_of_others_do_not()
    {
        var limiter = new RateLimiter(stores.Redis, Options.Create(new RateLimitOptions()));
        var user = new Principal(Guid.NewGuid().ToString(), "u", Roles.User, "s1");
        Principal[] credentials = [user, user with { SessionId = "s2" }, user with { SessionId = null, KeyId = "k1" }, user with { SessionId = null, KeyId = "k2" }];

        List<long> used = [];
        foreach (Principal credential in credentials)
        {
            used.Add((await limiter.CountAsync(credential))!.Used);
        }

        Assert.Equal([1, 2, 3, 4], used);
        Assert.Equal(1, (await limiter.CountAsync(user with { UserId = Guid.NewGuid().ToString() }))!.Used);
    }

    [Fact]
    public async Task No_request_waits_for_a_Redis_that_hangs()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        // A limiter that waited for a command's time-out would wait for an hour.
        await using var redis = new RedisConnection(server.ConnectionString, TimeSpan.FromHours(1), RedisConnection.QuickTimeout);
        await Stores.PingAsync(redis);
        var limiter = new RateLimiter(redis, Options.Create(new RateLimitOptions()));

        server.Freeze();
        RateLimit? counted = await limiter.CountAsync(new Principal("u", "u", Roles.User, "s1")).WaitAsync(Eventually.DefaultDeadline);

        Assert.Null(counted);
        server.Thaw();
    }
}
