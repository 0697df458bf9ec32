using Azure.Data.Tables;
using CsCheck;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Storage;

public sealed class HourTableTests(Stores stores)
{
    private const int HourCount = 4;

    // Each sample has hours of its own.
    private int samples;

    // Random rows of random settings, random limits of storage and of pages; the setting changes and rows are written again while a reader is under way.
    [Fact]
    public async Task Each_place_is_read_once_in_order_with_all_its_rows_whatever_the_shards()
    {
        StorageTables tables = NewTables();
        // An hour, a row key, and a shard; -1 for the partition without one.
        Gen<(int Hour, int Key, int Shard)[]> rows = Gen.Select(Gen.Int[0, HourCount - 1], Gen.Int[0, 60], Gen.Int[-1, HourShards.Max - 1]).Array[0, 80];
        Gen<(int Count, int Limit, (int Row, int Shard)[] Again)[]> pages = Gen.Select(
            Gen.Int[1, HourShards.Max], Gen.Int[1, 30], Gen.Select(Gen.Int[0, 1_000], Gen.Int[-1, HourShards.Max - 1]).Array[0, 2]).Array[1, 8];
        await Gen.Select(rows, pages, Gen.Int[1, 40]).SampleAsync(
            async (written, walk, responseSize) =>
            {
                DateTimeOffset start = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddHours(Interlocked.Increment(ref samples) * (HourCount + 1));
                string HourOf(int hour) => Hours.Of(start.AddHours(hour));
                TableRow RowOf(int hour, int key, int shard) =>
                    new(shard < 0 ? HourOf(hour) : HourShards.PartitionOf(HourOf(hour), shard), $"{key:D3}");
                HashSet<TableRow> all = [.. written.Select(row => RowOf(row.Hour, row.Key, row.Shard))];
                await InsertAsync(tables, all);
                (string Hour, string Key)[] places = [.. all.Select(PlaceOf).Distinct().Order()];

                List<(string Hour, string Key)> seen = [];
                bool isMore = true;
                for (int page = 0; isMore; page++)
                {
                    (int count, int limit, (int Row, int Shard)[] again) = walk[page % walk.Length];
                    TableRow[] copies = [.. again.Where(_ => written.Length > 0).Select(copy =>
                    {
                        (int hour, int key, _) = written[copy.Row % written.Length];
                        return RowOf(hour, key, copy.Shard);
                    }).Where(all.Add)];
                    await InsertAsync(tables, copies);
                    (string from, string? after) = seen.Count == 0 ? (HourOf(0), null) : seen[^1];

                    var table = new HourTable(tables, StorageTables.Log, new HourShards(count), responseSize);
                    TableEntity[][] read = await table.ReadAsync(from, HourOf(HourCount - 1), after, limit, CancellationToken.None).Take(limit).ToArrayAsync();

                    foreach (TableEntity[] place in read)
                    {
                        TableRow[] found = [.. place.Select(row => new TableRow(row.PartitionKey, row.RowKey))];
                        Assert.Single(found.Select(PlaceOf).Distinct());
                        seen.Add(PlaceOf(found[0]));
                        Assert.Equal(all.Where(row => PlaceOf(row) == seen[^1]).OrderBy(row => row.Partition), found.OrderBy(row => row.Partition));
                    }

                    isMore = read.Length == limit;
                }

                Assert.Equal(places, seen);
            },
            iter: 60);
    }

    [Fact]
    public async Task Each_hour_is_read_by_itself_from_any_place()
    {
        StorageTables tables = NewTables();
        await InsertAsync(tables, [.. Enumerable.Range(0, 90).Select(key => new TableRow($"2026030112-{key % 9:x}", $"{key:D3}"))]);
        await InsertAsync(tables, [new TableRow("2026030111-f", "500"), new TableRow("2026030113", "000"), new TableRow("2026030112", "zzz")]);
        var table = new HourTable(tables, StorageTables.Log, new HourShards(5), responseSize: 20);

        foreach (string? after in new[] { null, "041", "089", "zzz" })
        {
            // The second time, it knows that the hour is large.
            for (int time = 0; time < 2; time++)
            {
                string[] keys = await table.ReadHourAsync("2026030112", after, "RowKey ne '050'", 3, CancellationToken.None).Select(place => place.Single().RowKey).ToArrayAsync();

                Assert.Equal(
                    Enumerable.Range(0, 90).Where(key => key != 50).Select(key => $"{key:D3}").Append("zzz").Where(key => string.CompareOrdinal(key, after) > 0), keys);
            }
        }
    }

    // Each call of storage costs money, and those of an hour run side by side.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public async Task Empty_and_small_hours_take_one_call_and_a_page_of_a_large_hour_one_for_each_shard_and_two_more(int count)
    {
        string account = stores.Azurite.NewAccount();
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite, account);
        var tables = new StorageTables(new(proxy.ConnectionString), TimeSpan.FromSeconds(20));
        await InsertAsync(tables, [.. Enumerable.Range(0, 50).Select(key => new TableRow(HourShards.PartitionOf("2026030112", key % count), $"{key:D3}"))]);
        await InsertAsync(tables, [.. Enumerable.Range(0, 5).Select(key => new TableRow(HourShards.PartitionOf("2026030210", key % count), $"{key:D3}"))]);
        int calls = 0;
        proxy.Fault = _ =>
        {
            Interlocked.Increment(ref calls);
            return ProxyFault.None;
        };
        async Task<int> CallsAsync(int responseSize, string from, string to, string? after, int limit, HourTable? known = null)
        {
            calls = 0;
            await (known ?? new HourTable(tables, StorageTables.Log, new HourShards(count), responseSize))
                .ReadAsync(from, to, after, limit, CancellationToken.None).Take(limit).CountAsync();
            return calls;
        }

        Assert.Equal(1, await CallsAsync(1_000, "2026010100", "2026020100", null, 500));
        Assert.Equal(1, await CallsAsync(1_000, "2026030100", "2026030300", null, 500));
        Assert.Equal(1, await CallsAsync(1_000, "2026030112", "2026030300", "010", 500));
        // The first page finds out that the hour is large.
        int all = count + (count == HourShards.Max ? 1 : 2);
        var large = new HourTable(tables, StorageTables.Log, new HourShards(count), 20);
        Assert.InRange(await CallsAsync(20, "2026030100", "2026030300", null, 10, large), 1, all + 1);
        Assert.InRange(await CallsAsync(20, "2026030112", "2026030300", "009", 10, large), 1, all);
    }

    private StorageTables NewTables() =>
        new(new(AzuriteServer.ConnectionStringFor(stores.Azurite.Ports, stores.Azurite.NewAccount())), TimeSpan.FromSeconds(20));

    private static (string Hour, string Key) PlaceOf(TableRow row) => (Hours.In(row.Partition), row.Key);

    private static async Task InsertAsync(StorageTables tables, IReadOnlyCollection<TableRow> rows)
    {
        TableClient log = await tables.GetAsync(StorageTables.Log, CancellationToken.None);
        foreach (TableRow[] batch in rows.GroupBy(row => row.Partition).SelectMany(partition => partition.Chunk(Transaction.MaxOperations)))
        {
            await log.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity(row.Partition, row.Key))));
        }
    }
}
