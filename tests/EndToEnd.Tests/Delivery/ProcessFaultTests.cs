namespace McpFunctions.EndToEnd.Tests.Delivery;

[Collection(OneFaultAtATime.Name)]
public sealed class ProcessFaultTests(DeliveryFaults faults)
{
    private const int Rounds = 10;

    [Fact]
    public Task Nothing_is_lost_when_the_worker_is_killed() => faults.RunAsync("worker killed", async round =>
    {
        var mark = round.Gateway.Host.LineCount;
        round.Gateway.KillWorker();
        await round.Gateway.Host.WaitForLineAsync("Worker process ", after: mark);
    }, Rounds);

    [Fact]
    public Task Nothing_is_lost_when_the_host_is_killed() => faults.RunAsync("host killed", async round =>
    {
        await round.Gateway.Host.KillAsync();
        await round.Gateway.StartHostAgainAsync();
    }, Rounds);

    [Fact]
    public Task Nothing_is_lost_when_host_and_worker_are_killed() => faults.RunAsync("host and worker killed", async round =>
    {
        var killed = round.Gateway.Host.KillAsync();
        round.Gateway.KillWorker();
        await killed;
        await round.Gateway.StartHostAgainAsync();
    }, Rounds);
}
