using System.Diagnostics;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.Bench.Peers;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Bench.Cases;

/// <summary>
/// Many events at once, until the audit row, the inbox entry and the context of each are there. The events are published by the gateway's own
/// script, without their rows in storage: this measures the transport and the effects, and the upload case measures the rest.
/// </summary>
/// <param name="isMixed">Whether the events are of all types instead of one.</param>
internal sealed class BurstCase(bool isMixed) : IBenchCase
{
    private const int Users = 20;

    private readonly IReadOnlyList<string> types = isMixed ? EventTypes.All : BenchEvent.OneType;

    /// <inheritdoc/>
    public string Name => isMixed ? "burst-mixed" : "burst";

    /// <inheritdoc/>
    public string Title => $"a burst of events of {(isMixed ? "all types" : "one type")}, until all three effects of each are there";

    /// <inheritdoc/>
    public bool HasStateBefore => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int count = run.Of(20_000, isMixed ? 510 : 800, 34);
        Comparison all = new Comparison($"{count} events, events per second until all effects are there", Unit.PerSecond)
            .Against(Contenders.Before, Bound.AtLeast(5))
            .Against(Contenders.Bull, Bound.AtLeast(1.5))
            .Against(Contenders.GroupedBull, note: "no bound: BullMQ with the gateway's own way to write the audit log")
            .Against(Contenders.Empty, Bound.AtLeast(1.5));
        Dictionary<string, Comparison> byConsumer = Subscriptions.Consumers.ToDictionary(
            consumer => consumer, consumer => new Comparison($"… seconds until {consumer} has handled all", Unit.Seconds));
        var ring = new Comparison("… seconds until the host has worked off the last ring", Unit.Seconds);

        // Says more than times on a machine with other load.
        var processor = new Comparison("… processor time of host and worker per event, until the last ring", Unit.Microseconds);

        RunningGateway gateway = await run.Stage.GatewayAsync();
        BullPeer bull = await run.Stage.BullAsync(isGrouped: false);
        EmptyPeer empty = await run.Stage.EmptyAsync();
        List<(string, Func<Task>)> contenders =
        [
            (Contenders.Gateway, () => BurstAsync(gateway, Contenders.Gateway, count)),
            (Contenders.Bull, async () => all.Add(Contenders.Bull, count / (await bull.BurstAsync(Events(count))).TotalSeconds)),
            (Contenders.Empty, async () =>
            {
                TimeSpan used = ProcessFigures.ProcessorTimeOf(empty.ProcessIds);
                all.Add(Contenders.Empty, count / (await empty.BurstAsync(Events(count))).TotalSeconds);
                processor.Add(Contenders.Empty, (ProcessFigures.ProcessorTimeOf(empty.ProcessIds) - used).TotalMicroseconds / count);
            }),
        ];
        // It has no bound, so a quick run leaves it out.
        if (run.Size != BenchSize.Quick)
        {
            BullPeer grouped = await run.Stage.BullAsync(isGrouped: true);
            contenders.Insert(2, (Contenders.GroupedBull, async () => all.Add(Contenders.GroupedBull, count / (await grouped.BurstAsync(Events(count))).TotalSeconds)));
            await grouped.BurstAsync(Events(run.Of(2_000, 0, 17)));
        }

        if (run.HasBefore)
        {
            RunningGateway before = await run.Stage.BeforeAsync();
            contenders.Add((Contenders.Before, () => BurstAsync(before, Contenders.Before, count)));
            await WarmUpAsync(before, run);
        }

        await WarmUpAsync(gateway, run);
        BenchEvent[] warmUp = Events(run.Of(2_000, 250, 17));
        await bull.BurstAsync(warmUp);
        await empty.BurstAsync(warmUp);
        await run.InTurnAsync([.. contenders]);
        return [all, .. byConsumer.Values, ring, processor];

        async Task BurstAsync(RunningGateway contender, string name, int events)
        {
            BenchEvent[] made = Events(events);
            TimeSpan used = ProcessFigures.ProcessorTimeOf(contender.ProcessIds);
            long begin = Stopwatch.GetTimestamp();
            IReadOnlyDictionary<string, TimeSpan> times = await contender.BurstAsync(made);
            all.Add(name, events / times.Values.Max().TotalSeconds);
            foreach ((string consumer, TimeSpan time) in times)
            {
                byConsumer[consumer].Add(name, time.TotalSeconds);
            }

            await contender.WaitForLastRingAsync(types);
            processor.Add(name, (ProcessFigures.ProcessorTimeOf(contender.ProcessIds) - used).TotalMicroseconds / events);
            ring.Add(name, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            if (!isMixed)
            {
                // A token lives for a quarter of an hour.
                await contender.LoginAsync();
                await contender.CheckEffectsAsync([made[0], made[^1]]);
            }
        }
    }

    private BenchEvent[] Events(int count) => BenchEvent.Make(count, types, Users);

    private async Task WarmUpAsync(RunningGateway gateway, CaseRun run)
    {
        for (int pass = 0; pass < run.Of(2, 2, 1); pass++)
        {
            await gateway.BurstAsync(Events(run.Of(2_000, 250, 17)));
            await gateway.WaitForLastRingAsync(types);
        }
    }
}
