using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Tests.Storage;

public sealed class HourShardsTests
{
    private const string Hour = "2026030112";

    private static readonly DateTimeOffset s_time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    // As many ids of others as of our own, which a minute spreads.
    private static readonly string[] s_events =
    [
        .. Enumerable.Range(0, 2_000).Select(number => Guid.CreateVersion7(s_time.AddMilliseconds(32 * number)).ToString()),
        .. Enumerable.Range(0, 2_000).Select(number => $"foreign-{number}"),
    ];

    public static TheoryData<int> Counts => [.. Enumerable.Range(1, HourShards.Max)];

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_rows_of_an_hour_are_spread_evenly_over_its_shards(int count)
    {
        var shards = new HourShards(count);

        Dictionary<string, int> rows = s_events.CountBy(id => shards.PartitionOf(Hour, id)).ToDictionary();

        Assert.Equal(Enumerable.Range(0, count).Select(shard => $"2026030112-{shard:x}"), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(rows.Values, each => Assert.InRange(each, s_events.Length / count * 0.6, s_events.Length / count * 1.4));
    }

    [Fact]
    public void Events_of_32_milliseconds_share_a_shard_so_that_one_transaction_takes_them()
    {
        var shards = new HourShards(HourShards.Max);

        IEnumerable<string> partitions = Enumerable.Range(0, 32).Select(ms => shards.PartitionOf(Hour, Guid.CreateVersion7(s_time.AddMilliseconds(ms)).ToString()));

        Assert.Single(partitions.Distinct());
    }

    [Theory]
    [InlineData(1, "2026030112-0")]
    [InlineData(2, "2026030112-0")]
    [InlineData(4, "2026030112-2")]
    [InlineData(7, "2026030112-5")]
    [InlineData(16, "2026030112-8")]
    public void The_shard_of_an_event_stays_the_same_for_ever(int count, string partition) =>
        Assert.Equal(partition, new HourShards(count).PartitionOf(Hour, "0192f0c1-2b1f-7c9e-8000-000000000001"));

    [Fact]
    public void A_change_of_the_number_moves_few_rows_and_an_event_has_few_possible_partitions()
    {
        var four = new HourShards(4);
        var five = new HourShards(5);

        // A fifth moves, all of them into the new shard.
        string[] moved = [.. s_events.Where(id => four.PartitionOf(Hour, id) != five.PartitionOf(Hour, id))];
        Assert.InRange(moved.Length, 0.15 * s_events.Length, 0.25 * s_events.Length);
        Assert.All(moved, id => Assert.Equal("2026030112-4", five.PartitionOf(Hour, id)));
        // Among them the partition without a shard.
        Assert.InRange(s_events.Average(id => four.OtherPartitionsOf(Hour, id).Count()), 3, 4);
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void Every_partition_that_an_event_can_have_is_its_own_or_one_of_the_others(int count)
    {
        var shards = new HourShards(count);

        foreach (string id in s_events.Take(100).Concat(s_events.TakeLast(100)))
        {
            string[] possible = [shards.PartitionOf(Hour, id), .. shards.OtherPartitionsOf(Hour, id)];

            Assert.Contains(Hour, possible);
            Assert.All(Enumerable.Range(1, HourShards.Max), other => Assert.Contains(new HourShards(other).PartitionOf(Hour, id), possible));
            Assert.Distinct(possible);
        }
    }

    [Fact]
    public void The_end_of_an_hour_sorts_after_all_its_partitions_and_before_the_next_hour()
    {
        string[] keys = [Hour, .. Enumerable.Range(0, HourShards.Max).Select(shard => HourShards.PartitionOf(Hour, shard)), Hours.EndOf(Hour), "2026030113"];

        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
        Assert.All(keys, key => Assert.True(Hours.In(key) == Hour || key == keys[^1]));
    }
}
