using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

[Collection(OneFaultAtATime.Name)]
public sealed class StorageFaultTests(DeliveryFaults faults)
{
    [Fact]
    public Task Nothing_is_lost_and_nothing_is_half_written_when_storage_stands_still() => FaultRound.RunAsync("storage frozen", faults.Gateway, async round =>
    {
        round.Gateway.Azurite.Freeze();
        await FaultRound.WaitAsync();
        await Eventually.UntilAsync(() => round.Load.Responses.ContainsKey("503"));
        round.Gateway.Azurite.Thaw();
    }, settle: true);
}
