using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Uses its own gateway: its many events would make the replays of other tests long.</summary>
public sealed class ProcessFaultTests(DeliveryFaults faults) : IClassFixture<DeliveryFaults>
{
    [Fact]
    public Task Nothing_is_lost_when_worker_host_and_both_are_killed() => FaultRound.RunAsync(
        "worker, host and both killed",
        faults.Gateway,
        async round =>
        {
            Func<GatewayApplication, Task>[] kills = [KillWorkerAsync, KillHostAsync, KillBothAsync];
            round.Random.Shuffle(kills);
            foreach (var killAsync in kills)
            {
                await round.WaitAtMostAsync(round.LoadTime / 4);
                await killAsync(round.Gateway);
            }
        },
        rounds: 10,
        changesPerSecond: 200,
        seconds: 20);

    private static async Task KillWorkerAsync(GatewayApplication gateway)
    {
        var mark = gateway.Host.LineCount;
        gateway.KillWorker();
        await gateway.Host.WaitForLineAsync("Worker process ", Eventually.DefaultDeadline, mark);
    }

    private static async Task KillHostAsync(GatewayApplication gateway)
    {
        await gateway.Host.KillAsync();
        await gateway.StartHostAgainAsync();
    }

    private static async Task KillBothAsync(GatewayApplication gateway)
    {
        var killed = gateway.Host.KillAsync();
        gateway.KillWorker();
        await killed;
        await gateway.StartHostAgainAsync();
    }
}
