using System.Globalization;
using System.Reflection;
using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Streams;
using McpFunctions.Functions.Timers;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Documentation;

/// <summary>Computes the tables of docs/scale.md from the code, from published limits, and from what was measured.</summary>
internal static class ScalePage
{
    // Published by Microsoft, in rows and requests a second.
    private const int PartitionLimit = 2_000;
    private const int AccountLimit = 20_000;

    // Requests of storage for an upload: four before it is answered (docs/calls.md), and one of the relay, which reads the events of each user.
    private const int RequestsPerChange = 5;

    // Measured: microseconds of Redis for a publish, a ring and an entry; bytes of a published marker.
    public const int Publish = 33;
    public const int Ring = 20;
    public const int Entry = 6;
    private const int MarkerBytes = 136;

    // Rounded down to hundreds.
    public const int ChangesPerDeployment = AccountLimit / RequestsPerChange / 100 * 100;

    // The rate of rows with which the fullest of all shards keeps its limit in 95 of 100 seconds.
    public static int RowsOfAllShards => (int)(PartitionLimit / FullestOf(HourShards.Max).Often);

    private const int SliceMilliseconds = 32;
    private const int Seconds = 1_000;

    // Both a slice and a second are whole numbers of steps.
    private const int StepMilliseconds = 8;

    private static readonly Lazy<(double Median, double Often, double Most)[]> s_fullest =
        new(() =>
        {
            // One event in each slice.
            var first = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            string[] events = [.. Enumerable.Range(0, Seconds * 1_000 / SliceMilliseconds).Select(slice => Guid.CreateVersion7(first.AddMilliseconds(slice * SliceMilliseconds)).ToString())];
            return [.. Enumerable.Range(1, HourShards.Max).Select(count => MeasureFullest(count, events))];
        });

    private static readonly int[] s_rates = [1_000, 10_000, 100_000];

    private static readonly DeliveryOptions s_defaults = new();

    public static readonly int Window = (int)typeof(JournalPump).GetField("Window", BindingFlags.Static | BindingFlags.NonPublic)!.GetRawConstantValue()!;

    private static readonly int s_consumers = Subscriptions.Consumers.Count;

    public static string Sums() => Table(
        ["changes a second", .. s_rates.Select(rate => Text(rate))],
        [
            Row($"rows a second in a shard of the event log, and of the audit log, with {s_defaults.HourShards} shards: average", rate => Text(rate / s_defaults.HourShards)),
            Row($"… the fullest shard, in 95 of 100 seconds at most (limit {Text(PartitionLimit)})", rate => Text(rate * FullestOf(s_defaults.HourShards).Often)),
            Row("least `Delivery__HourShards` for this limit", rate =>
                Enumerable.Range(1, HourShards.Max).FirstOrDefault(count => rate * FullestOf(count).Often <= PartitionLimit) is var least and > 0 ? Text(least) : $"more than {HourShards.Max}"),
            Row($"rows a second in a partition of the outbox: inserted and deleted (limit {Text(PartitionLimit)})", rate => Text(2 * rate / StorageTables.PendingShards)),
            Row($"requests of storage a second (limit {Text(AccountLimit)})", rate => Text(RequestsPerChange * rate)),
            Row("Redis, each function on one instance: cores", rate => Cores(rate, 1)),
            Row("Redis, each function on two instances: cores", rate => Cores(rate, 2)),
            Row("messages a second for each instance, with three functions (limit 950)", rate => Text(rate)),
            Row($"seconds that a consumer may fall behind, with {Text(s_defaults.JournalMaxLength)} entries in the journals", rate => Text(s_defaults.JournalMaxLength / rate)),
            Row("`Delivery__JournalMaxLength` for ten minutes", rate => Text(600 * rate)),
            Row("memory of the published markers, GB", rate => Text(rate * RedisJournal.PublishedMarkerLifetime.TotalSeconds * MarkerBytes / 1e9, "0.0")),
            Row("rows of the audit log a year, billions", rate => Text(rate * TimeSpan.FromDays(365).TotalSeconds / 1e9, "N0")),
            Row("deployments", rate => Text(Deployments(rate))),
        ]);

    public static string Shards() => Table(
        ["shards", "average", "median second", "95th percentile", "fullest second"],
        [.. new[] { s_defaults.HourShards, 5, HourShards.Max }.Select(count =>
        {
            (double median, double often, double most) = FullestOf(count);
            return new[] { 1.0 / count, median, often, most }.Select(part => $"{Text(100 * part, "0")} %").Prepend(Text(count)).ToArray();
        })]);

    public static string Numbers()
    {
        JsonElement http = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("host.json"))).RootElement.GetProperty("extensions").GetProperty("http");
        return Table(
            ["number", "value", "where"],
            [
                ["event types, consumers, pairs", $"{EventTypes.All.Count}, {s_consumers}, {Subscriptions.Consumers.Sum(consumer => Subscriptions.TypesOf(consumer).Count)}", "`EventTypes`, `Subscriptions`"],
                ["shards of an hour: usual, most", $"{s_defaults.HourShards}, {HourShards.Max}", "`Delivery__HourShards`"],
                ["partitions of the outbox", $"{StorageTables.PendingShards}", "`StorageTables`"],
                ["rows in a transaction", $"{Transaction.MaxOperations}", "`Transaction`"],
                ["rows that a replay or a list reads at once", Text(EventLog.PageSize), "`EventLog`"],
                ["entries that a ring reads; in work in a process", $"{JournalPump.BatchSize}, {Window}", "`JournalPump`"],
                ["entries and bytes of all journals", $"{Text(s_defaults.JournalMaxLength)}, {Text(s_defaults.JournalMaxBytes)}", "`Delivery__JournalMaxLength`, `Delivery__JournalMaxBytes`"],
                ["time that acknowledged entries stay", $"{s_defaults.JournalRetention}", "`Delivery__JournalRetention`"],
                ["life of a published marker", $"{RedisJournal.PublishedMarkerLifetime}", "`RedisJournal`"],
                ["interval of the timers of relay, recovery and health", $"{TickSchedule.Interval}", "`TickSchedule`"],
                ["requests that run at once, and with those that wait", $"{Text(http.GetProperty("maxConcurrentRequests").GetInt32())}, {Text(http.GetProperty("maxOutstandingRequests").GetInt32())}", "`host.json`"],
                ["streams of a user; time of a stream", $"{new StreamOptions().MaxOpenPerUser}, {new StreamOptions().StreamDuration}", "`Notifications__MaxOpenPerUser`, `Notifications__StreamDuration`"],
                ["time that events and audit lines stay", $"{s_defaults.LogRetention.TotalDays} days, {s_defaults.AuditRetention.TotalDays} days", "`Delivery__LogRetention`, `Delivery__AuditRetention`"],
            ]);
    }

    /// <summary>The part of a second's rows that goes to its fullest shard: in the median second, in 95 of 100 seconds at most, and in the fullest second.</summary>
    public static (double Median, double Often, double Most) FullestOf(int shards) => s_fullest.Value[shards - 1];

    // Events at a steady rate.
    private static (double Median, double Often, double Most) MeasureFullest(int count, string[] eventOfEachSlice)
    {
        var shards = new HourShards(count);
        string[] partitions = [.. eventOfEachSlice.Select(id => shards.PartitionOf("2026010100", id))];
        const int Steps = 1_000 / StepMilliseconds;
        double[] fullest = [.. Enumerable.Range(0, Seconds).Select(second => Enumerable.Range(second * Steps, Steps)
            .CountBy(step => partitions[step * StepMilliseconds / SliceMilliseconds]).Max(each => each.Value) / (double)Steps).Order()];
        return (fullest[Seconds / 2], fullest[Seconds * 95 / 100], fullest[^1]);
    }

    // The most of what storage, the outbox, the event log and one core of Redis need.
    private static int Deployments(int rate) => (int)Math.Ceiling(new[]
    {
        (double)RequestsPerChange * rate / AccountLimit,
        2.0 * rate / (StorageTables.PendingShards * PartitionLimit),
        (double)rate / RowsOfAllShards,
        CoresOf(rate, 1),
    }.Max());

    private static double CoresOf(int rate, int instances) => rate * (Publish + (s_consumers * ((Ring * instances) + Entry))) / 1e6;

    private static string Cores(int rate, int instances) => Text(CoresOf(rate, instances), "0.0");

    private static string[] Row(string name, Func<int, string> value) => [name, .. s_rates.Select(value)];

    private static string Text(IFormattable number, string format = "N0") => number.ToString(format, CultureInfo.InvariantCulture);

    private static string Table(string[] head, string[][] rows) =>
        string.Concat(new[] { head, [.. head.Select(_ => "---")] }.Concat(rows).Select(row => row[0] == "---" ? $"|{string.Join('|', row)}|\n" : $"| {string.Join(" | ", row)} |\n"));
}
