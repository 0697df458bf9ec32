using System.Diagnostics;
using System.Runtime.InteropServices;
using McpFunctions.Bench.Cases;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;

namespace McpFunctions.Bench;

/// <summary>Runs cases and prints what they measure.</summary>
internal static class Bench
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Runs them.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="cases">The cases.</param>
    /// <returns>The exit code: 0 if every case was measured, whether or not it reached its bounds.</returns>
    public static async Task<int> RunAsync(BenchOptions options, IReadOnlyList<IBenchCase> cases)
    {
        // Servers hold many rows, and Node peers many latencies.
        Environment.SetEnvironmentVariable("NODE_OPTIONS", "--max-old-space-size=8192");
        var machine = Machine.Read();
        if (!options.IsJson)
        {
            Report.PrintHead(machine, options.Size);
        }

        if (options.Size != BenchSize.Smoke && cases.Any(each => each.HasStateBefore))
        {
            await BuildStateBeforeAsync();
        }

        long begin = Stopwatch.GetTimestamp();
        List<CaseResult> results = [];
        await using (var stage = new Stage(options.Size))
        {
            using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
            {
                signal.Cancel = true;
                // The case ends with an error that nobody sees.
                stage.DisposeAsync().AsTask().Wait(s_stopTimeout);
                Environment.Exit(143);
            });
            foreach (IBenchCase each in cases)
            {
                Progress.Say($"{each.Name}: {each.Title}");
                CaseResult result = await RunAsync(each, new CaseRun(stage, options.Size, options.Rounds ?? each.RoundsOf(options.Size)));
                results.Add(result);
                Progress.SayTime(each.Name, TimeSpan.FromSeconds(result.Seconds));
                if (!options.IsJson)
                {
                    Report.Print(result);
                }

                // Each case of a full run begins with empty servers; what one leaves must not slow the next.
                if (options.Size == BenchSize.Full || result.Failure is not null)
                {
                    await stage.ResetAsync();
                }
            }
        }

        Progress.SayTime("all, from the first start of a server to the last stop,", Stopwatch.GetElapsedTime(begin));
        if (options.IsJson)
        {
            Report.PrintJson(machine, options.Size, results);
        }

        return results.Any(result => result.Failure is not null) ? 1 : 0;
    }

    // Before the cases, so that the time and the load of the build are not those of the first case that needs it.
    private static async Task BuildStateBeforeAsync()
    {
        long begin = Stopwatch.GetTimestamp();
        try
        {
            await PreviousBuild.GetAsync();
        }
        catch (Exception)
        {
            // Each case that needs it reports the same failure. The other cases can still be measured.
        }

        Progress.SayTime("the build of the state before", Stopwatch.GetElapsedTime(begin));
    }

    private static async Task<CaseResult> RunAsync(IBenchCase each, CaseRun run)
    {
        double? load = Machine.LoadAverage;
        long begin = Stopwatch.GetTimestamp();
        try
        {
            IReadOnlyList<Comparison> comparisons = await each.RunAsync(run);
            return new CaseResult(
                each.Name, each.Title, run.Rounds, Seconds(), load, Machine.LoadAverage, [.. comparisons.SelectMany(comparison => comparison.Rows())], null);
        }
        catch (Exception exception)
        {
            // The other cases can still be measured.
            return new CaseResult(each.Name, each.Title, run.Rounds, Seconds(), load, Machine.LoadAverage, [], exception is BenchException ? exception.Message : $"{exception}");
        }

        double Seconds() => Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
