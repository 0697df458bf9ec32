using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using HdrHistogram;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.Domain.Delivery;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Bench.Cases;

/// <summary>
/// Events at a constant rate. Times count from when an event was due, so a stall counts for every event that it delays. Redis reports each change
/// of an inbox and a context, and a proxy in front of storage sees when a row of the audit log is acknowledged. The proxy adds its own time.
/// </summary>
internal sealed partial class SustainedCase : IBenchCase
{
    /// <inheritdoc/>
    public string Name => "sustained";

    /// <inheritdoc/>
    public string Title => "500 events a second for 60 s: from publish to each effect";

    /// <inheritdoc/>
    public int RoundsOf(BenchSize size) => size == BenchSize.Full ? IBenchCase.FullRounds : 1;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int perSecond = run.Of(500, 500, 100);
        int count = run.Of(30_000, 1_500, 100);
        // More than the events of some seconds, so that an event is the only one of its user that is on its way.
        int users = run.Of(5_000, 1_000, 100);
        Dictionary<string, Comparison> times = Subscriptions.Consumers.ToDictionary(
            consumer => consumer,
            consumer => new Comparison($"{perSecond}/s for {count / perSecond} s, until {consumer} has the effect", Unit.Milliseconds)
                .Must(Contenders.Gateway, Bound.AtMost(consumer == Subscriptions.Audit ? 250 : 50), "by its p99"));
        Comparison left = new Comparison("… entries left over a second after the last effect", Unit.Entries).Must(Contenders.Gateway, Bound.AtMost(0));

        await using OwnGateway own = await run.Stage.OwnGatewayAsync(isProxied: true);
        RunningGateway gateway = own.Gateway;
        var watch = new EffectWatch();
        await watch.ListenAsync(gateway, own.Proxy!);

        // Each user's inbox and context, and the code, are warm before times count.
        await watch.PublishAsync(gateway, users, users, perSecond);
        for (int round = 1; round <= run.Rounds; round++)
        {
            Progress.Say($"round {round} of {run.Rounds}: {count} events at {perSecond}/s");
            Dictionary<string, LongHistogram> measured = await watch.PublishAsync(gateway, count, users, perSecond);
            foreach ((string consumer, LongHistogram histogram) in measured)
            {
                times[consumer].Add(Contenders.Gateway, histogram);
            }

            // A token lives for a quarter of an hour.
            await gateway.LoginAsync();
            await Task.Delay(TimeSpan.FromSeconds(1));
            left.Add(Contenders.Gateway, await gateway.PendingAsync());
        }

        return [.. times.Values, left];
    }

    [GeneratedRegex("[0-9]{19}-([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")]
    private static partial Regex AuditKey();

    // Notes when each effect arrives.
    private sealed class EffectWatch
    {
        // The events under way, by what reports their effects: their user or their id.
        private readonly ConcurrentDictionary<string, (string EventId, long Due)> byUser = new();
        private readonly ConcurrentDictionary<(string Consumer, string EventId), long> arrived = new();

        public async Task ListenAsync(RunningGateway gateway, StorageProxy proxy)
        {
            await gateway.Database.ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "Kh");
            ISubscriber subscriber = gateway.Redis.GetSubscriber();
            await subscriber.SubscribeAsync(RedisChannel.Pattern("notifications:*"), (channel, _) =>
                Note(Subscriptions.Notifications, ((string)channel!)["notifications:".Length..]));
            await subscriber.SubscribeAsync(RedisChannel.Pattern("__keyspace@0__:{user:*}:context"), (channel, _) =>
                Note(Subscriptions.Orchestrator, ((string)channel!)["__keyspace@0__:{user:".Length..^"}:context".Length]));
            proxy.Responded = request =>
            {
                if (StorageProxy.Concerns(request, "Audit"))
                {
                    long now = Stopwatch.GetTimestamp();
                    foreach (Match key in AuditKey().Matches(StorageProxy.BodyOf(request)))
                    {
                        arrived.TryAdd((Subscriptions.Audit, key.Groups[1].Value), now);
                    }
                }
            };
        }

        /// <summary>Publishes events at a rate, and waits for their effects.</summary>
        public async Task<Dictionary<string, LongHistogram>> PublishAsync(RunningGateway gateway, int count, int users, int perSecond)
        {
            byUser.Clear();
            arrived.Clear();
            Dictionary<string, long> before = await gateway.HandledAsync();
            List<(BenchEvent Event, long Due)> sent = [];
            List<Task> publishing = [];
            long begin = Stopwatch.GetTimestamp();
            for (int number = 0; number < count; number++)
            {
                long due = begin + (number * Stopwatch.Frequency / perSecond);
                while (Stopwatch.GetTimestamp() < due)
                {
                    await Task.Delay(1);
                }

                BenchEvent made = BenchEvent.Make(BenchEvent.OneType[0], BenchEvent.UserOf("sustained", number % users), DateTimeOffset.UtcNow);
                byUser[made.User] = (made.Event.Id, due);
                sent.Add((made, due));
                publishing.Add(gateway.PublishAsync(made));
            }

            await Task.WhenAll(publishing);
            await gateway.WaitForEffectsAsync(before, [.. sent.Select(each => each.Event)], begin, Task.CompletedTask);
            // The counters may be ahead of what Redis reports to this process.
            await Eventually.GetAsync(
                () => Task.FromResult(FirstUnseen(sent.Select(each => each.Event.Event.Id))), unseen => unseen is null, description: "all effects were seen");
            Dictionary<string, LongHistogram> times = Subscriptions.Consumers.ToDictionary(consumer => consumer, _ => Comparison.NewHistogram());
            foreach ((BenchEvent made, long due) in sent)
            {
                foreach (string consumer in Subscriptions.Consumers)
                {
                    Comparison.Record(times[consumer], Stopwatch.GetElapsedTime(due, arrived[(consumer, made.Event.Id)]));
                }
            }

            return times;
        }

        private string? FirstUnseen(IEnumerable<string> events) =>
            (from id in events
             from consumer in Subscriptions.Consumers
             where !arrived.ContainsKey((consumer, id))
             select $"{consumer} was not seen to handle event {id}").FirstOrDefault();

        private void Note(string consumer, string user)
        {
            if (byUser.TryGetValue(user, out (string EventId, long Due) under))
            {
                // A script changes a context by several commands: the first report counts, since a script is atomic.
                arrived.TryAdd((consumer, under.EventId), Stopwatch.GetTimestamp());
            }
        }
    }
}
