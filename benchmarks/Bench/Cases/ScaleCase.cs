using System.Diagnostics;
using System.Globalization;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.Bench.Recovery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using EventLog = McpFunctions.Functions.Storage.EventLog;

namespace McpFunctions.Bench.Cases;

/// <summary>
/// What an event costs while the journal, the log and the number of users grow: processor time of host, worker and Redis. Azurite's is left out:
/// it keeps tables as sorted lists in one process, which real storage does not.
/// </summary>
internal sealed class ScaleCase : IBenchCase
{
    // Adds handled entries: the groups skip them, as if they had read and acknowledged them.
    private const string AddHandled = """
        local last
        for number = 1, tonumber(ARGV[2]) do
          last = redis.call('XADD', KEYS[1], '*', 'event', ARGV[1])
        end
        for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
          redis.call('XGROUP', 'SETID', KEYS[1], group[2], last)
        end
        return last
        """;

    /// <inheritdoc/>
    public string Name => "scale";

    /// <inheritdoc/>
    public string Title => "processor time per event while journal, log and users grow";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int burst = run.Of(5_000, 300, 10);
        int[] journals = run.Size switch { BenchSize.Full => [1_000, 100_000, 1_000_000], BenchSize.Quick => [1_000, 20_000], _ => [100, 500] };
        int[] logs = run.Size switch { BenchSize.Full => [1_000, 100_000, 1_000_000], BenchSize.Quick => [1_000, 4_000], _ => [10, 100] };
        int[] users = run.Size switch { BenchSize.Full => [100, 100_000], BenchSize.Quick => [100, 1_000], _ => [10, 50] };
        await using OwnGateway own = await run.Stage.OwnGatewayAsync(
            settings: new Dictionary<string, string?> { ["Delivery__JournalMaxLength"] = "10000000", ["Delivery__JournalMaxBytes"] = $"{1L << 40}" });
        RunningGateway gateway = own.Gateway;
        int[] processes = [.. gateway.ProcessIds, own.Redis.Process.Id];
        for (int pass = 0; pass < run.Of(3, 1, 1); pass++)
        {
            await BurstAsync(100);
        }

        return
        [
            await UsersAsync(),
            await JournalAsync(),
            await LogAsync(),
        ];

        async Task<double> BurstAsync(int among)
        {
            BenchEvent[] events = BenchEvent.Make(burst, BenchEvent.OneType, among, "scale");
            TimeSpan before = ProcessFigures.ProcessorTimeOf(processes);
            await gateway.BurstAsync(events);
            await gateway.WaitForLastRingAsync(BenchEvent.OneType);
            return (ProcessFigures.ProcessorTimeOf(processes) - before).TotalMicroseconds / burst;
        }

        async Task<Comparison> UsersAsync()
        {
            Comparison cost = Against("events of", "users", users);
            await FillUsersAsync(gateway, users[^1]);
            await run.InTurnAsync([.. users.Select(among =>
                (NameOf(among, "users"), (Func<Task>)(async () => cost.Add(NameOf(among, "users"), await BurstAsync(among)))))]);
            return cost;
        }

        // The sizes only grow, so they cannot take turns. The first comes again at the end, in a journal that was cut back.
        async Task<Comparison> JournalAsync()
        {
            Comparison cost = Against("events with a journal of", "entries", journals);
            RedisKey journal = EventKeys.JournalOf(EventTypes.FileUploaded);
            foreach (int size in journals)
            {
                Progress.Say($"filling the journal up to {size} entries");
                for (long missing = size - await gateway.Database.StreamLengthAsync(journal); missing > 0; missing -= 10_000)
                {
                    await gateway.Database.ScriptEvaluateAsync(AddHandled, [journal], [BenchEvent.Make(1, BenchEvent.OneType, 1)[0].Body, Math.Min(missing, 10_000)]);
                }

                for (int round = 0; round < run.Rounds; round++)
                {
                    cost.Add(NameOf(size, "entries"), await BurstAsync(100));
                }
            }

            return cost;
        }

        async Task<Comparison> LogAsync()
        {
            Comparison cost = Against("uploads, relayed, with a log of", "rows", logs);
            int count = run.Of(300, 30, 5);
            byte[] content = new byte[1_000];
            await using ServiceProvider services = Workbench.ServicesOn(own.Redis.ConnectionString, own.Storage);
            // The relay takes what is older than 15 s, every 5 s.
            var relayed = TimeSpan.FromSeconds(run.Of(21, 0, 0));
            // A short run leaves the timers' share in all values: a sample that is shorter than their interval has a tick or none.
            double idle = await IdleAsync(TimeSpan.FromSeconds(run.Of(20, 0, 0)));
            int there = 0;
            foreach (int size in logs)
            {
                Progress.Say($"filling the log up to {size} rows");
                await FillLogAsync(services.GetRequiredService<EventLog>(), size - there);
                there = size;
                await gateway.LoginAsync();
                for (int round = 0; round < run.Rounds; round++)
                {
                    TimeSpan before = ProcessFigures.ProcessorTimeOf(processes);
                    long begin = Stopwatch.GetTimestamp();
                    for (int number = 0; number < count; number++)
                    {
                        await gateway.UploadAsync(content);
                    }

                    await Task.Delay(relayed);
                    double used = (ProcessFigures.ProcessorTimeOf(processes) - before).TotalSeconds - (idle * Stopwatch.GetElapsedTime(begin).TotalSeconds);
                    cost.Add(NameOf(size, "rows"), used * 1e6 / count);
                }
            }

            return cost;
        }

        // The processor time that the timers take in a second.
        async Task<double> IdleAsync(TimeSpan time)
        {
            TimeSpan before = ProcessFigures.ProcessorTimeOf(processes);
            await Task.Delay(time);
            return time == TimeSpan.Zero ? 0 : (ProcessFigures.ProcessorTimeOf(processes) - before) / time;
        }

        Comparison Against(string what, string unit, int[] sizes)
        {
            var cost = new Comparison($"processor time of one of the {what} 10^n {unit}", Unit.Microseconds) { Ours = NameOf(sizes[^1], unit) };
            foreach (int size in sizes[..^1])
            {
                cost.Against(NameOf(size, unit), Bound.AtMost(1.2));
            }

            return cost;
        }
    }

    private static string NameOf(int size, string unit) => string.Create(CultureInfo.InvariantCulture, $"{size:N0} {unit}");

    private static async Task FillUsersAsync(RunningGateway gateway, int users)
    {
        for (int from = 0; from < users; from += 10_000)
        {
            Progress.Say($"making inboxes and contexts of {users} users: {from}");
            DateTimeOffset now = DateTimeOffset.UtcNow;
            await gateway.BurstAsync([.. Enumerable.Range(from, Math.Min(10_000, users - from))
                .Select(number => BenchEvent.Make(EventTypes.FileUploaded, BenchEvent.UserOf("scale", number), now))]);
            await gateway.WaitForLastRingAsync(BenchEvent.OneType);
        }
    }

    // Rows as the relay writes them, of this hour: the partitions to which it appends are the large ones.
    private static async Task FillLogAsync(EventLog log, int count)
    {
        const int AtOnce = 10_000;
        for (int from = 0; from < count; from += AtOnce)
        {
            DateTimeOffset now = DateTimeOffset.UtcNow;
            await log.AppendAsync(
                Enumerable.Range(from, Math.Min(AtOnce, count - from)).Select(number => new LogEntry(
                    Guid.CreateVersion7(now).ToString(), EventTypes.FileUploaded, $"user:scale-{number % 100}", now)),
                CancellationToken.None);
        }
    }
}
