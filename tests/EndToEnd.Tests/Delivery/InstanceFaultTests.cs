using System.Diagnostics;

namespace McpFunctions.EndToEnd.Tests.Delivery;

[Collection(OneFaultAtATime.Name)]
public sealed class InstanceFaultTests(DeliveryFaults faults)
{
    private static readonly string[] s_timers = ["RelayEvents", "RecoverAudit", "RecoverNotifications", "RecoverOrchestrator"];

    [Fact]
    public async Task Nothing_is_lost_when_the_instance_that_runs_the_timers_is_killed_while_it_recovers()
    {
        // The shared instance has all timers: it was there first.
        await using var survivor = await GatewayApplication.StartAsync(
            new GatewayOptions { Name = "delivery-faults-survivor", Beside = faults.Gateway, Settings = DeliveryFaults.Settings });
        try
        {
            await FaultRound.RunAsync("one of two instances killed while it recovers", survivor, async round =>
            {
                // Nobody hears for a moment: there is work to claim.
                await round.Gateway.RedisDatabase.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
                await faults.Gateway.Host.KillAsync();
                var mark = survivor.Host.LineCount;
                var moving = Stopwatch.StartNew();
                foreach (var timer in s_timers)
                {
                    // The lease of the one that is gone lasts 15 s, and the other one asks for it every 15 s: what the host allows at the least.
                    await survivor.Host.WaitForLineAsync($"Executing 'Functions.{timer}'", TimeSpan.FromSeconds(90), mark);
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
