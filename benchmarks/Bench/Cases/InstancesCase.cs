using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Cases;

/// <summary>
/// The burst on one instance and on two, which share one Redis and one storage account. Both gateways are behind proxies that count the calls to
/// the audit log's table: the other effects of these events are in Redis, and timers call other tables.
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
        int count = run.Of(20_000, 500, 20);
        Comparison rate = new Comparison($"{count} events, events per second until all effects are there", Unit.PerSecond) { Ours = Two }
            .Against(One, Bound.AtLeast(0.9));
        Comparison calls = new Comparison("… calls to table storage for 100 events, without those of timers", Unit.Calls) { Ours = Two }.Against(One, Bound.AtMost(1.05));
        Comparison handled = new Comparison("… handlings by each consumer per event", Unit.Times) { Ours = Two }.Against(One, Bound.AtMost(1));
        await using Counted one = await Counted.StartAsync(run, 1);
        await using Counted two = await Counted.StartAsync(run, 2);
        foreach (Counted each in new[] { one, two })
        {
            await BurstAsync(each, null, run.Of(3_000, 200, 5));
        }

        await run.InTurnAsync((One, () => BurstAsync(one, One, count)), (Two, () => BurstAsync(two, Two, count)));
        return [rate, calls, handled];

        async Task BurstAsync(Counted gateway, string? name, int events)
        {
            BenchEvent[] made = BenchEvent.Make(events, BenchEvent.OneType, 20);
            Dictionary<string, long> before = await gateway.Gateway.HandledAsync();
            long calledBefore = gateway.Calls;
            IReadOnlyDictionary<string, TimeSpan> times = await gateway.Gateway.BurstAsync(made);
            await gateway.Gateway.WaitForLastRingAsync(BenchEvent.OneType);
            Dictionary<string, long> after = await gateway.Gateway.HandledAsync();
            if (name is not null)
            {
                rate.Add(name, events / times.Values.Max().TotalSeconds);
                calls.Add(name, (gateway.Calls - calledBefore) * 100.0 / events);
                handled.Add(name, after.Keys.Max(consumer => after[consumer] - before[consumer]) / (double)events);
            }
        }
    }

    private sealed class Counted(OwnGateway own) : IAsyncDisposable
    {
        private long calls;

        public RunningGateway Gateway => own.Gateway;

        public long Calls => Volatile.Read(ref calls);

        public static async Task<Counted> StartAsync(CaseRun run, int instances)
        {
            OwnGateway own = await run.Stage.OwnGatewayAsync(isProxied: true, instances: instances);
            var counted = new Counted(own);
            own.Proxy!.Responded = request =>
            {
                if (StorageProxy.Concerns(request, StorageTables.Audit))
                {
                    Interlocked.Increment(ref counted.calls);
                }
            };
            return counted;
        }

        public ValueTask DisposeAsync() => own.DisposeAsync();
    }
}
