using McpFunctions.Domain.Health;
using McpFunctions.Functions.Health;
using McpFunctions.Functions.Redis;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Redis;

public sealed class RedisRequirementsTests
{
    [Fact]
    public async Task A_Redis_that_is_as_it_should_be_lacks_nothing_and_keeps_nothing_of_the_check()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var redis = Stores.PatientRedis(server.ConnectionString);
        await using ConnectionMultiplexer multiplexer = await Stores.ConnectAsync(server.ConnectionString);
        var requirements = new RedisRequirements(redis, GatewayFeatures.RedisUses, NullLogger<RedisRequirements>.Instance);

        Assert.Null((await CheckAsync(requirements)).Problem);

        RedisKey[] left = [.. multiplexer.GetServers()[0].Keys()];
        Assert.NotEmpty(left);
        foreach (RedisKey key in left)
        {
            Assert.NotNull(await multiplexer.GetDatabase().KeyTimeToLiveAsync(key));
        }
    }

    [Theory]
    [InlineData("-xadd", "XADD", "publish.lua", "receive.lua")]
    [InlineData("-xreadgroup", "XREADGROUP", "receive.lua")]
    [InlineData("-xclaim", "XCLAIM")]
    [InlineData("-xpending", "XPENDING", "status.lua", "claim.lua", "release.lua")]
    [InlineData("-memory|usage", "MEMORY")]
    [InlineData("-evalsha -eval", "publish.lua", "inbox.lua")]
    [InlineData("resetchannels", "PUBLISH", "publish.lua", "SUBSCRIBE", "PSUBSCRIBE")]
    [InlineData("-psubscribe", "PSUBSCRIBE")]
    [InlineData("resetkeys ~{events}:* ~health:*", "inbox.lua", "context.lua", "rate.lua")]
    public async Task What_Redis_refuses_is_named_in_health_until_it_is_allowed(string rule, params string[] named)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var redis = Stores.PatientRedis(server.ConnectionString);
        await using ConnectionMultiplexer administrator = await Stores.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        var requirements = new RedisRequirements(redis, GatewayFeatures.RedisUses, NullLogger<RedisRequirements>.Instance);
        var probe = new RedisProbe(redis, requirements);
        await administrator.GetDatabase().ExecuteAsync("ACL", ["SETUSER", "default", .. rule.Split(' ')]);

        RedisFindings findings = await CheckAsync(requirements);

        Assert.Null(findings.Unusable);
        Assert.All(named, name => Assert.Contains(name, findings.Refused));
        HealthCheckResult result = await probe.CheckAsync(CancellationToken.None);
        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.All(named, name => Assert.Contains(name, result.Detail, StringComparison.Ordinal));

        await administrator.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "allcommands", "allkeys", "allchannels");
        Assert.Null((await CheckAsync(requirements)).Problem);
        Assert.Equal(HealthCheckResult.Healthy, await probe.CheckAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_Redis_that_is_full_lacks_nothing()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var redis = Stores.PatientRedis(server.ConnectionString);
        await using ConnectionMultiplexer administrator = await Stores.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        await administrator.GetServers()[0].ConfigSetAsync("maxmemory", 1);
        var requirements = new RedisRequirements(redis, GatewayFeatures.RedisUses, NullLogger<RedisRequirements>.Instance);

        Assert.Null(await requirements.CheckAsync(CancellationToken.None));

        Assert.Null(requirements.Problem);
    }

    [Fact]
    public async Task An_old_Redis_is_reported_with_what_is_needed_and_what_was_found()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RedisProxy proxy = RedisProxy.Start(server);
        proxy.Rewritten = ("redis_version:7.", "redis_version:5.");
        await using var redis = Stores.PatientRedis(proxy.ConnectionString);

        RedisFindings findings = await CheckAsync(new RedisRequirements(redis, GatewayFeatures.RedisUses, NullLogger<RedisRequirements>.Instance));

        Assert.StartsWith("The gateway needs Redis 6.2 or later, and found Redis 5.", findings.Unusable, StringComparison.Ordinal);
        Assert.Equal(findings.Unusable, findings.Problem);
    }

    [Fact]
    public async Task A_Redis_that_may_evict_anything_is_reported_with_what_is_needed_and_what_was_found()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer administrator = await Stores.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        await administrator.GetServers()[0].ConfigSetAsync("maxmemory-policy", "allkeys-lru");
        await using var redis = Stores.PatientRedis(server.ConnectionString);

        RedisFindings findings = await CheckAsync(new RedisRequirements(redis, GatewayFeatures.RedisUses, NullLogger<RedisRequirements>.Instance));

        Assert.Contains("found 'allkeys-lru'", findings.Unusable, StringComparison.Ordinal);
    }

    // It finds nothing while it connects.
    private static async Task<RedisFindings> CheckAsync(RedisRequirements requirements) =>
        (await Eventually.GetAsync(() => requirements.CheckAsync(CancellationToken.None), found => found is not null))!;
}
