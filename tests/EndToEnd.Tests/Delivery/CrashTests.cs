namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>The worker is killed at every step of delivery that there is.</summary>
[Collection(OneProxiedFaultAtATime.Name)]
public sealed class CrashTests(ProxiedFaults faults)
{
    // A host waits ever longer before it starts the next worker, and a fresh one does not.
    private const int CrashesOfAHost = 6;
    private const int Sample = 8;

    [Fact]
    public async Task Nothing_is_lost_when_the_process_is_killed_at_any_step()
    {
        var seed = FaultRound.NextSeed();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}.");
        CrashScene[] scenes =
        [
            .. CrashPoint.All.Select(point => new CrashScene(faults, point, isAfter: false)),
            .. CrashPoint.All.Where(point => !point.IsOnlyAsked).Select(point => new CrashScene(faults, point, isAfter: true)),
        ];
        if (!FaultRound.IsLong)
        {
            new Random(seed).Shuffle(scenes);
            scenes = scenes[..Sample];
        }
        var crashes = 0;
        foreach (var scene in scenes)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"Killed at {scene}.");
            await scene.PlayAsync();
            if (++crashes % CrashesOfAHost == 0)
            {
                await faults.Gateway.Host.TerminateAsync();
                await faults.Gateway.StartHostAgainAsync();
            }
        }
        // Only now: what recovery still has to do, it does while the next process dies.
        foreach (var scene in scenes)
        {
            await scene.AssertAllIsWellAsync();
        }
    }
}
