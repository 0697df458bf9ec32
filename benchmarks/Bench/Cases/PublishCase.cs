using System.Diagnostics;
using System.Text.Json;
using HdrHistogram;
using McpFunctions.Bench.Measuring;
using McpFunctions.Bench.Peers;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace McpFunctions.Bench.Cases;

/// <summary>
/// Publishing: the gateway's own class, which makes the event, hashes it, and writes journal, channel and marker by one script; the decision
/// record's bus; and a raw PUBLISH of the same bytes. Nobody listens. No function runs.
/// </summary>
internal sealed class PublishCase : IBenchCase
{
    private const int InFlight = 256;

    /// <inheritdoc/>
    public string Name => "publish";

    /// <inheritdoc/>
    public string Title => $"publish with journal, {InFlight} in flight";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int count = run.Of(50_000, 10_000, 60);
        Comparison rate = new Comparison($"{count} events, events per second", Unit.PerSecond)
            .Against(Contenders.RecordBus, Bound.AtLeast(1))
            .Against(Contenders.RawRedis, Bound.AtLeast(0.5));
        var one = new Comparison("one event at a time, from call to reply", Unit.Milliseconds);
        // A Redis of its own: nobody listens, and the journal does not reach the gateway.
        await using RedisServer redis = await RedisServer.StartAsync();
        await using var connection = new RedisConnection(redis.ConnectionString);
        await using ConnectionMultiplexer raw = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await using NodePeer record = await NodePeer.StartAsync("record-bus.mjs", $"{redis.Port}");
        var journal = new RedisJournal(connection, NullLogger<RedisJournal>.Instance);
        IDatabase database = raw.GetDatabase();
        byte[] bytes = EventParser.Write(NewEvent());
        string payload = JsonSerializer.Serialize(NewEvent().Payload);

        Task Ours() => journal.PublishAsync([NewEvent()], CancellationToken.None);
        Task Raw() => database.PublishAsync(RedisChannel.Literal("events:file.uploaded"), bytes);
        foreach (Func<Task> publish in new[] { Ours, (Func<Task>)Raw })
        {
            await InFlightAsync(publish, count / 5);
        }

        await record.RunAsync($"publish?count={count / 5}&inFlight={InFlight}", payload);
        await run.InTurnAsync(
            (Contenders.Gateway, async () =>
            {
                Keep(Contenders.Gateway, await InFlightAsync(Ours, count));
                one.Add(Contenders.Gateway, (await OneAtATimeAsync(Ours, count / 20)).Times);
                // Otherwise the append-only file is rewritten while another contender is measured.
                await database.ExecuteAsync("DEL", EventKeys.JournalOf(EventTypes.FileUploaded));
            }),
            (Contenders.RecordBus, async () =>
            {
                JsonElement result = await record.RunAsync($"publish?count={count}&inFlight={InFlight}", payload);
                Keep(Contenders.RecordBus, (TimeSpan.FromSeconds(result.GetProperty("seconds").GetDouble()), TimesOf(result)));
                one.Add(Contenders.RecordBus, TimesOf(await record.RunAsync($"publish?count={count / 20}&inFlight=1", payload)));
            }),
            (Contenders.RawRedis, async () =>
            {
                Keep(Contenders.RawRedis, await InFlightAsync(Raw, count));
                one.Add(Contenders.RawRedis, (await OneAtATimeAsync(Raw, count / 20)).Times);
            }));
        return [rate, one];

        void Keep(string contender, (TimeSpan Elapsed, LongHistogram Times) measured) => rate.Add(contender, count / measured.Elapsed.TotalSeconds);
    }

    private static DomainEvent NewEvent() => DomainEvent.Create(
        new FileUploaded(Guid.CreateVersion7().ToString(), "report.pdf", 1_024, "application/pdf", new string('a', 64), 1, "bench-1"),
        DateTimeOffset.UtcNow,
        "bench-1",
        null);

    private static Task<(TimeSpan Elapsed, LongHistogram Times)> OneAtATimeAsync(Func<Task> publish, int count) => PublishAsync(publish, count, 1);

    private static Task<(TimeSpan Elapsed, LongHistogram Times)> InFlightAsync(Func<Task> publish, int count) => PublishAsync(publish, count, InFlight);

    private static async Task<(TimeSpan Elapsed, LongHistogram Times)> PublishAsync(Func<Task> publish, int count, int inFlight)
    {
        LongHistogram times = Comparison.NewHistogram();
        int left = count;
        long begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                long started = Stopwatch.GetTimestamp();
                await publish();
                lock (times)
                {
                    Comparison.Record(times, Stopwatch.GetElapsedTime(started));
                }
            }
        }));
        return (Stopwatch.GetElapsedTime(begin), times);
    }

    private static LongHistogram TimesOf(JsonElement result)
    {
        LongHistogram times = Comparison.NewHistogram();
        foreach (JsonElement micros in result.GetProperty("micros").EnumerateArray())
        {
            Comparison.Record(times, TimeSpan.FromMicroseconds(micros.GetInt64()));
        }

        return times;
    }
}
