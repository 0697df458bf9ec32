using System.Diagnostics;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;

namespace McpFunctions.Bench.Cases;

/// <summary>
/// The burst on one instance and on two, which share one Redis and one storage account. Both gateways are behind proxies that count the calls to
/// table storage. Calls that a gateway makes without work, by its timers, are measured first and taken off.
/// </summary>
internal sealed class InstancesCase : IBenchCase
{
    private const string One = "one instance";
    private const string Two = "two instances";

    /// <inheritdoc/>
    public string Name => "instances";

    /// <inheritdoc/>
    public string Title => "the burst of one type on two instances, against one";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int count = run.Of(20_000, 1_000, 20);
        Comparison rate = new Comparison($"{count} events, events per second until all effects are there", Unit.PerSecond) { Ours = Two }
            .Against(One, Bound.AtLeast(0.9));
        Comparison calls = new Comparison("… calls to table storage per 100 events", Unit.Calls) { Ours = Two }.Against(One, Bound.AtMost(1.05));
        Comparison handled = new Comparison("… handlings by each consumer per event", Unit.Times) { Ours = Two }.Against(One, Bound.AtMost(1));
        await using Counted one = await Counted.StartAsync(run, 1);
        await using Counted two = await Counted.StartAsync(run, 2);
        foreach (Counted each in new[] { one, two })
        {
            await BurstAsync(each, null, run.Of(3_000, 500, 5));
        }

        await Task.WhenAll(new[] { one, two }.Select(each => each.MeasureIdleAsync(TimeSpan.FromSeconds(run.Of(20, 3, 0)))));

        await run.InTurnAsync((One, () => BurstAsync(one, One, count)), (Two, () => BurstAsync(two, Two, count)));
        return [rate, calls, handled];

        async Task BurstAsync(Counted gateway, string? name, int events)
        {
            BenchEvent[] made = BenchEvent.Make(events, BenchEvent.OneType, 20);
            Dictionary<string, long> before = await gateway.Gateway.HandledAsync();
            long calledBefore = gateway.Calls;
            long begin = Stopwatch.GetTimestamp();
            IReadOnlyDictionary<string, TimeSpan> times = await gateway.Gateway.BurstAsync(made);
            // Before the last ring is made: its dead letters are calls too.
            double called = gateway.Calls - calledBefore - (gateway.IdleCallsPerSecond * Stopwatch.GetElapsedTime(begin).TotalSeconds);
            await gateway.Gateway.WaitForLastRingAsync(BenchEvent.OneType);
            Dictionary<string, long> after = await gateway.Gateway.HandledAsync();
            if (name is not null)
            {
                rate.Add(name, events / times.Values.Max().TotalSeconds);
                calls.Add(name, Math.Max(called, 1) * 100 / events);
                handled.Add(name, after.Keys.Max(consumer => after[consumer] - before[consumer]) / (double)events);
            }
        }
    }

    private sealed class Counted(OwnGateway own) : IAsyncDisposable
    {
        private long calls;

        public RunningGateway Gateway => own.Gateway;

        public long Calls => Volatile.Read(ref calls);

        public double IdleCallsPerSecond { get; private set; }

        public static async Task<Counted> StartAsync(CaseRun run, int instances)
        {
            OwnGateway own = await run.Stage.OwnGatewayAsync(isProxied: true, instances: instances);
            var counted = new Counted(own);
            own.Proxy!.Responded = _ => Interlocked.Increment(ref counted.calls);
            return counted;
        }

        public async Task MeasureIdleAsync(TimeSpan time)
        {
            long before = Calls;
            long begin = Stopwatch.GetTimestamp();
            await Task.Delay(time);
            // A smoke test waits for no time, in which a rate would be no number.
            IdleCallsPerSecond = time == TimeSpan.Zero ? 0 : (Calls - before) / Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }

        public ValueTask DisposeAsync() => own.DisposeAsync();
    }
}
