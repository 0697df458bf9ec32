using System.Diagnostics;
using HdrHistogram;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Bench.Cases;

/// <summary>One event at a time, from the call that publishes it until its inbox has it: the inbox then wakes its readers over Redis.</summary>
internal sealed class LatencyCase : IBenchCase
{
    private static readonly string s_user = BenchEvent.UserOf("latency", 0);

    /// <inheritdoc/>
    public string Name => "latency";

    /// <inheritdoc/>
    public string Title => "one event at a time, from publish until its inbox has it";

    /// <inheritdoc/>
    public bool HasStateBefore => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int count = run.Of(500, 80, 6);
        Comparison times = new Comparison($"{count} events a round", Unit.Milliseconds).Against(Contenders.Before, Bound.AtMost(1.2));
        List<(string, Func<Task>)> contenders = [await ContenderAsync(Contenders.Gateway, await run.Stage.GatewayAsync())];
        if (run.HasBefore)
        {
            contenders.Add(await ContenderAsync(Contenders.Before, await run.Stage.BeforeAsync()));
        }

        await run.InTurnAsync([.. contenders]);
        return [times];

        async Task<(string, Func<Task>)> ContenderAsync(string name, RunningGateway gateway)
        {
            var arrived = new TaskCompletionSource();
            ChannelMessageQueue signals = await gateway.Redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal($"notifications:{s_user}"));
            signals.OnMessage(_ => Volatile.Read(ref arrived).TrySetResult());
            await RoundAsync(run.Of(300, 50, 5));
            return (name, async () => times.Add(name, await RoundAsync(count)));

            async Task<LongHistogram> RoundAsync(int events)
            {
                LongHistogram round = Comparison.NewHistogram();
                for (int number = 0; number < events; number++)
                {
                    BenchEvent made = BenchEvent.Make(BenchEvent.OneType[0], s_user, DateTimeOffset.UtcNow);
                    var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    Volatile.Write(ref arrived, mine);
                    long begin = Stopwatch.GetTimestamp();
                    await gateway.PublishAsync(made);
                    await mine.Task.WaitAsync(Eventually.DefaultDeadline);
                    Comparison.Record(round, Stopwatch.GetElapsedTime(begin));
                    // The other consumers of this event have finished when the next one comes.
                    await Task.Delay(5);
                }

                return round;
            }
        }
    }
}
