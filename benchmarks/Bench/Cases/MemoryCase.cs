using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;

namespace McpFunctions.Bench.Cases;

/// <summary>The resident memory of the worker and of the host after few and after many events, each time with a new gateway.</summary>
internal sealed class MemoryCase : IBenchCase
{
    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public string Title => "resident memory after 50,000 and after 200,000 events";

    /// <inheritdoc/>
    public int RoundsOf(BenchSize size) =>
        // A round of 200,000 events takes four to six minutes.
        size == BenchSize.Full ? 2 : 1;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int few = run.Of(50_000, 800, 10);
        string after = $"after {few} events";
        string afterMore = $"after {4 * few} events";
        Comparison worker = new Comparison("the worker's resident memory", Unit.Megabytes) { Ours = afterMore }.Against(after, Bound.AtMost(1.1));
        var host = new Comparison("the host's resident memory", Unit.Megabytes) { Ours = afterMore };
        for (int round = 1; round <= run.Rounds; round++)
        {
            await using OwnGateway own = await run.Stage.OwnGatewayAsync(isNew: true);
            RunningGateway gateway = own.Gateway;
            int sent = 0;
            foreach ((string name, int target) in new[] { (after, few), (afterMore, 4 * few) })
            {
                while (sent < target)
                {
                    Progress.Say($"round {round} of {run.Rounds}: {sent} of {4 * few} events");
                    int count = Math.Min(target - sent, 10_000);
                    await gateway.BurstAsync(BenchEvent.Make(count, BenchEvent.OneType, 20));
                    await gateway.WaitForLastRingAsync(BenchEvent.OneType);
                    sent += count;
                }

                await Task.Delay(TimeSpan.FromSeconds(run.Of(5, 1, 0)));
                HostProcess instance = gateway.Instances[0];
                worker.Add(name, ProcessFigures.MemoryOf(instance.WorkerId));
                host.Add(name, ProcessFigures.MemoryOf(instance.ProcessIds[0]));
            }
        }

        return [worker, host];
    }
}
