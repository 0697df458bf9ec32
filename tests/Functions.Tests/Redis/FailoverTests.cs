using System.Collections.Concurrent;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Redis;

public sealed class FailoverTests(ITestOutputHelper output)
{
    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task After_a_failover_to_a_replica_under_load_nothing_is_lost_and_recovery_goes_on()
    {
        await using RedisServer replica = await RedisServer.StartAsync();
        await using DeliveryHarness harness = await DeliveryHarness.StartWithReplicaAsync(replica);
        await using ConnectionMultiplexer administrator = await Stores.ConnectAsync($"{replica.ConnectionString},allowAdmin=true");
        ConcurrentBag<string> ids = [];
        using var load = new CancellationTokenSource();
        using var ticking = new CancellationTokenSource();
        Task uploads = Task.Run(async () =>
        {
            while (!load.IsCancellationRequested)
            {
                ids.Add((await harness.UploadAsync(user)).Id);
            }
        });
        Task ticks = Task.Run(async () =>
        {
            ConsumerRecovery[] recoveries = [.. DeliveryOptions.KnownConsumers.Select(consumer => harness.Recovery(consumer))];
            while (!ticking.IsCancellationRequested)
            {
                await TickAsync(() => harness.TickRelayAsync());
                foreach (ConsumerRecovery recovery in recoveries)
                {
                    await TickAsync(() => recovery.RecoverAsync(CancellationToken.None));
                }
            }
        });
        await CommitAsync(ids, 30);

        // The first server never comes back.
        await harness.Redis.KillAsync();
        await CommitAsync(ids, 10);
        await administrator.GetDatabase().ExecuteAsync("REPLICAOF", "NO", "ONE");
        long promoted = TimeProvider.System.GetTimestamp();
        await CommitAsync(ids, 30);
        await load.CancelAsync();
        await uploads;

        await Eventually.UntilAsync(async () => (await harness.AuditedAsync(user)).Count == ids.Count
            && (await harness.NotifiedAsync(user, rebuild: false)).Count == ids.Count
            && await harness.IsCaughtUpAsync());
        output.WriteLine($"{ids.Count} events, caught up {TimeProvider.System.GetElapsedTime(promoted)} after the promotion");
        await ticking.CancelAsync();
        await ticks;
        Assert.Equal(ids.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.Equal(ids.Order(), (await harness.NotifiedAsync(user, rebuild: false)).Order());
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    private static Task CommitAsync(ConcurrentBag<string> ids, int more)
    {
        int before = ids.Count;
        return Eventually.UntilAsync(() => ids.Count >= before + more);
    }

    // As with a timer, the next tick continues where this one stopped.
    private static async Task TickAsync(Func<Task> tickAsync)
    {
        try
        {
            await tickAsync();
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or RedisException)
        {
            await Task.Delay(100);
        }
    }
}
