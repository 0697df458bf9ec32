using McpFunctions.FunctionsHost.Tests.Host;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.FunctionsHost.Tests.Together;

public sealed class TakeoverTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task When_the_instance_with_the_timer_is_killed_another_one_takes_over()
    {
        (string, string?)[] settings = [("AzureWebJobsStorage", azurite.Server.WithNewAccount().ConnectionString)];
        await using var first = await HostProcess.StartAsync("EverySecond Recorded", settings);
        await Eventually.UntilAsync(async () => (await first.RecordedAsync("EverySecond")).Count > 0);
        await using var second = await HostProcess.StartAsync("EverySecond Recorded", settings);
        await Eventually.UntilAsync(() => HasLogged(second, "another instance runs this timer") || HasLostLock());
        // After a stall of 15 s, the first instance rightly loses the timer.
        var before = await Eventually.GetAsync(() => second.RecordedAsync("EverySecond"), entries => entries.Count == 0 || HasLostLock());

        await first.Process.KillAsync();

        // The lock runs out after at most 15 s, and the second instance checks every 15 s.
        await Eventually.UntilAsync(async () => (await second.RecordedAsync("EverySecond")).Count > before.Count);

        bool HasLostLock() => HasLogged(first, "Singleton lock lost");
    }

    private static bool HasLogged(HostProcess host, string text) =>
        host.Process.Output.Any(line => line.Contains(text, StringComparison.Ordinal));

    [Fact]
    public async Task Messages_flow_again_after_a_restart_of_redis_under_the_listener()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var host = await HostProcess.StartAsync("OnText Recorded", ("RedisConnection", redis.ConnectionString));

        await redis.KillAsync();
        await redis.StartAgainAsync();

        await using var publisher = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionStringOfTests);
        await Eventually.UntilAsync(async () =>
        {
            await publisher.GetSubscriber().PublishAsync(RedisChannel.Literal("sample:text"), "after the restart");
            return (await host.RecordedAsync("OnText")).Count > 0;
        });
    }
}
