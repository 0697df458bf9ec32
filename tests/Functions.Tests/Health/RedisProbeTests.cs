using McpFunctions.Domain.Health;
using McpFunctions.Functions.Health;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Tests.Delivery;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Health;

public sealed class RedisProbeTests
{
    [Fact]
    public async Task A_Redis_that_responds_but_refuses_writes_is_unhealthy()
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
