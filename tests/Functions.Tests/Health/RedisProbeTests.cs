using McpFunctions.Domain.Health;
using McpFunctions.Functions.Health;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Tests.Delivery;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Health;

public sealed class RedisProbeTests
{
    [Fact]
    public async Task A_Redis_that_answers_but_takes_no_writes_is_not_well()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        var probe = new RedisProbe(harness.Get<RedisConnection>(), harness.Get<RedisRequirements>());
        IServer server = harness.Multiplexer.GetServers()[0];

        await server.ConfigSetAsync("maxmemory", 1);
        Assert.Equal(HealthCheckResult.Degraded("Redis refuses a write (OOM)."), await probe.CheckAsync(CancellationToken.None));

        await server.ConfigSetAsync("maxmemory", 0);
        Assert.Equal(HealthCheckResult.Healthy, await probe.CheckAsync(CancellationToken.None));
    }
}
