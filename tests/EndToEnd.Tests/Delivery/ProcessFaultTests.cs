namespace McpFunctions.EndToEnd.Tests.Delivery;

[Collection(OneFaultAtATime.Name)]
public sealed class ProcessFaultTests(DeliveryFaults faults)
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
                await round.WaitAtMostAsync(FaultRound.LoadTime / 4);
                await killAsync(round.Gateway);
            }
        },
        rounds: 10);

    private static async Task KillWorkerAsync(GatewayApplication gateway)
    {
        var mark = gateway.Host.LineCount;
        gateway.KillWorker();
        await gateway.Host.WaitForLineAsync("Worker process ", TimeSpan.FromSeconds(90), mark);
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
