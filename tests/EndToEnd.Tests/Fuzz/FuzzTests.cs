using System.Diagnostics;
using System.Globalization;
using McpFunctions.EndToEnd.Tests.Delivery;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>
/// Whatever a client sends, the gateway has no internal error, does not hang and keeps no memory. A refused request changes
/// nothing, and every response is as the API's description says. With <c>./test --long</c> it sends twenty times as much.
/// </summary>
public sealed class FuzzTests
{
    private const int Batches = 8;

    // A leak of 20 KB a request is 400 MB in the long form. The garbage collector may keep up to half of the usual memory.
    private const long MaxGrowth = 150L * 1024 * 1024;

    private static int Requests => FaultRound.IsLong ? 24_000 : 1_200;

    [Fact]
    public async Task Whatever_is_sent_the_response_is_as_documented_and_a_refused_request_changes_nothing()
    {
        var seed = FaultRound.NextSeed();
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "fuzz",
            Settings = new Dictionary<string, string?>
            {
                // Longer and larger than a run needs, so that no session ends by itself and no request is over a limit.
                ["Auth__AccessTokenLifetime"] = "1.00:00:00",
                ["Auth__SessionIdleTimeout"] = "1.00:00:00",
                ["Auth__SessionLifetime"] = "2.00:00:00",
                ["RateLimit__Requests"] = "10000000",
                // Short, because a stream is read to its end.
                ["Notifications__StreamDuration"] = "00:00:01",
            },
        });
        var run = await FuzzRun.PrepareAsync(gateway, seed);
        List<(long Worker, long Host)> memory = [];
        var elapsed = Stopwatch.StartNew();

        for (var batch = 0; batch < Batches; batch++)
        {
            await run.SendAsync(Requests / Batches);
            memory.Add((WorkingSet(gateway.WorkerId), WorkingSet(gateway.HostId)));
        }
        await run.EndAsync();

        var report = string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {run.Report()}; {elapsed.Elapsed.TotalSeconds:0} s; working set of worker and host in MB after each batch: {string.Join(", ", memory.Select(each => $"{each.Worker >> 20}+{each.Host >> 20}"))}");
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        // The full report stays beside the log of the gateway until the next run.
        await File.WriteAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "fuzz-report.txt"), [report, .. run.Complaints], TestContext.Current.CancellationToken);
        Assert.True(run.Complaints.Count == 0, $"{report}\n{run.Complaints.Count} complaints (MCPFUNCTIONS_SEED={seed} sends the same again):\n{string.Join("\n\n", run.Complaints.Take(20))}");
        // The first batches warm up; the later ones must not add memory.
        var (before, after) = (memory[(Batches / 4)..(Batches / 2)], memory[^(Batches / 4)..]);
        Assert.True(after.Min(each => each.Worker) - before.Max(each => each.Worker) < MaxGrowth, $"The worker keeps memory. {report}");
        Assert.True(after.Min(each => each.Host) - before.Max(each => each.Host) < MaxGrowth, $"The host keeps memory. {report}");
    }

    private static long WorkingSet(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.WorkingSet64;
    }
}
