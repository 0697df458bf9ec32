using System.Diagnostics;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

[Collection(OneFaultAtATime.Name)]
public sealed class InstanceFaultTests(DeliveryFaults faults)
{
    private static readonly string[] s_timers = ["RelayEvents", "RecoverAudit", "RecoverNotifications", "RecoverOrchestrator"];

    [Fact]
    public async Task Nothing_is_lost_when_the_instance_that_runs_the_timers_is_killed_while_it_recovers()
    {
        // The shared instance runs all timers, because it started first.
        await using var survivor = await GatewayApplication.StartAsync(
            new GatewayOptions { Name = "delivery-faults-survivor", Beside = faults.Gateway, Settings = DeliveryFaults.Settings });
        try
        {
            await FaultRound.RunAsync("one of two instances killed while it recovers", survivor, async round =>
            {
                // No instance receives messages for a moment, so recovery has entries to claim.
                await round.Gateway.RedisDatabase.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
                await faults.Gateway.Host.KillAsync();
                var mark = survivor.Host.LineCount;
                var moving = Stopwatch.StartNew();
                foreach (var timer in s_timers)
                {
                    // The killed instance's lease lasts 15 s, and the other instance tries to take it every 15 s: the host's minimum.
                    await survivor.Host.WaitForLineAsync($"Executing 'Functions.{timer}'", Eventually.DefaultDeadline, mark);
                    TestContext.Current.TestOutputHelper?.WriteLine($"{timer} runs on the other instance after {moving.Elapsed.TotalSeconds:0.0} s.");
                }
            });
        }
        finally
        {
            await faults.Gateway.StartHostAgainAsync();
        }
    }
}
