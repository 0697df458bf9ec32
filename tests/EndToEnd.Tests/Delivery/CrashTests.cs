using McpFunctions.TestServers;
using Xunit.Sdk;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Kills the worker at every step of delivery.</summary>
[Collection(OneProxiedFaultAtATime.Name)]
public sealed class CrashTests(ProxiedFaults faults)
{
    // A host waits longer before each restart of a worker, so the test starts a new host after some crashes.
    private const int CrashesOfAHost = 6;
    private const int Sample = 6;

    private static readonly string[] s_consumers = ["audit", "notifications", "orchestrator"];

    [Fact]
    public async Task Nothing_is_lost_when_the_process_is_killed_at_any_step()
    {
        var seed = FaultRound.NextSeed();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}.");
        CrashTestCase[] cases =
        [
            .. CrashPoint.All.Select(point => new CrashTestCase(faults, point, isAfter: false)),
            .. CrashPoint.All.Where(point => !point.IsOnlyAsked).Select(point => new CrashTestCase(faults, point, isAfter: true)),
        ];
        if (!FaultRound.IsLong)
        {
            new Random(seed).Shuffle(cases);
            cases = cases[..Sample];
        }
        List<CrashTestCase> completed = [];
        List<string> failures = [];
        var crashes = 0;
        foreach (var testCase in cases)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"Killed at {testCase}.");
            if (await TryAsync(testCase, each => each.RunAsync()))
            {
                completed.Add(testCase);
            }
            if (++crashes % CrashesOfAHost == 0)
            {
                await faults.Gateway.Host.TerminateAsync();
                await faults.Gateway.StartHostAgainAsync();
            }
        }
        // Only now, because recovery finishes one case while the next process dies.
        foreach (var testCase in completed)
        {
            await TryAsync(testCase, each => each.AssertAllIsWellAsync());
        }
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        await Eventually.UntilAsync(
            async () => (await Task.WhenAll(s_consumers.Select(consumer => faults.Gateway.RedisDatabase.StreamPendingAsync(PendingEntries.Uploads, consumer))))
                .All(pending => pending.PendingMessageCount == 0),
            FaultRound.SettleTimeout);

        // A failed step must not hide the others.
        async Task<bool> TryAsync(CrashTestCase testCase, Func<CrashTestCase, Task> partAsync)
        {
            try
            {
                await partAsync(testCase);
                return true;
            }
            catch (Exception exception) when (exception is XunitException or TimeoutException or HttpRequestException or IOException)
            {
                failures.Add($"{testCase}: {exception.Message}");
                return false;
            }
        }
    }
}
