using System.Globalization;
using System.Text.Json;
using Azure.Data.Tables;
using CsCheck;
using McpFunctions.Domain;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Audit;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Audit;

public sealed class AuditLogTests(Stores stores)
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 30, 0, TimeSpan.Zero);

    private readonly TableAuditLog log = new(stores.Tables, new HourShards(4), TimeProvider.System);
    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task An_event_is_in_the_log_once_however_often_it_comes()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => log.AppendAsync(Entry("a", Noon), CancellationToken.None)));

        Assert.Equal(["a"], await IdsAsync(new AuditQuery { UserId = user }));
    }

    [Fact]
    public async Task Another_event_with_the_same_id_is_refused()
    {
        await log.AppendAsync(Entry("a", Noon), CancellationToken.None);

        await Assert.ThrowsAsync<EventIdConflictException>(() => log.AppendAsync(Entry("a", Noon, "other"), CancellationToken.None));
    }

    [Fact]
    public async Task A_search_that_matches_little_ends_after_some_hours_of_rows_and_continues_with_its_token()
    {
        var fresh = new TableAuditLog(
            new StorageTables(new(AzuriteServer.ConnectionStringFor(stores.Azurite.Ports, stores.Azurite.NewAccount())), Stores.CallTimeout), new HourShards(4), TimeProvider.System);
        await fresh.AppendAsync(Entry("wanted", Noon.AddHours(-250)) with { ResourceId = "wanted" }, CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 250).Select(hours => fresh.AppendAsync(Entry($"{hours}", Noon.AddHours(-hours)), CancellationToken.None)));
        var wanted = new AuditQuery { ResourceId = "wanted" };

        int calls = 0;
        List<string> found = [];
        string? token = null;
        do
        {
            Page<AuditEntry> page = (await fresh.ReadAsync(wanted, new PageRequest(1, token), CancellationToken.None)).Value;
            found.AddRange(page.Items.Select(entry => entry.EventId));
            token = page.ContinuationToken;
            calls++;
        }
        while (token is not null);

        Assert.Equal(3, calls);
        Assert.Single(found);
    }

    [Fact]
    public async Task An_entry_that_exists_does_not_stop_the_others_of_its_batch()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => log.AppendAsync(Entry($"{number * 2}", Noon), CancellationToken.None)));

        Task[] appends = [.. Enumerable.Range(0, 80).Select(
            number => log.AppendAsync(Entry($"{number}", Noon, number == 6 ? "other" : "a.txt"), CancellationToken.None))];

        await Assert.ThrowsAsync<EventIdConflictException>(() => appends[6]);
        await Task.WhenAll(appends.Where((_, number) => number != 6));
        Assert.Equal(
            Enumerable.Range(0, 80).Select(number => $"{number}").Order(StringComparer.Ordinal), (await IdsAsync(new AuditQuery { UserId = user })).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_lone_line_is_stored_at_once_and_lines_that_follow_are_stored_together()
    {
        var clock = new FakeTimeProvider();
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite, stores.Azurite.NewAccount());
        int writes = 0;
        OnWrite(proxy, number => writes = number);
        var fresh = new TableAuditLog(new StorageTables(new(proxy.ConnectionString), Stores.CallTimeout), new HourShards(1), clock);
        await fresh.AppendAsync(Entry("lone", Noon), CancellationToken.None);
        Assert.Equal(1, writes);

        Task[] following = [.. Enumerable.Range(0, 10).Select(number => fresh.AppendAsync(Entry($"{number}", Noon), CancellationToken.None))];
        await Eventually.UntilAsync(() =>
        {
            // Again and again, since the wait for others may begin late.
            clock.Advance(TimeSpan.FromMilliseconds(20));
            return following.All(append => append.IsCompleted);
        });
        await Task.WhenAll(following);
        Assert.Equal(2, writes);

        clock.Advance(TimeSpan.FromMilliseconds(50));
        await fresh.AppendAsync(Entry("lone again", Noon), CancellationToken.None);
        Assert.Equal(3, writes);
    }

    [Fact]
    public async Task Lines_that_fill_a_transaction_wait_for_no_others()
    {
        var clock = new FakeTimeProvider();
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite, stores.Azurite.NewAccount());
        int writes = 0;
        OnWrite(proxy, number =>
        {
            writes = number;
            if (number == 2)
            {
                // Longer than lines wait for others.
                clock.Advance(TimeSpan.FromMilliseconds(60));
            }
        });
        var fresh = new TableAuditLog(new StorageTables(new(proxy.ConnectionString), TimeSpan.FromMinutes(5)), new HourShards(1), clock);
        Task AppendAsync(int from, int count) =>
            Task.WhenAll(Enumerable.Range(from, count).Select(number => fresh.AppendAsync(Entry($"{number}", Noon), CancellationToken.None)));
        await AppendAsync(0, 1);

        // The clock stands still, so only the hundredth line ends the wait.
        await AppendAsync(1, Transaction.MaxOperations);
        Assert.Equal(2, writes);

        // These follow the end of that transaction, as the next events of a replay do.
        await AppendAsync(101, Transaction.MaxOperations);
        Assert.Equal(3, writes);
    }

    [Fact]
    public async Task Entries_of_any_time_come_newest_first_page_by_page()
    {
        var fresh = new TableAuditLog(
            new StorageTables(new(AzuriteServer.ConnectionStringFor(stores.Azurite.Ports, stores.Azurite.NewAccount())), Stores.CallTimeout), new HourShards(4), TimeProvider.System);
        DateTimeOffset[] times =
        [
            DateTimeOffset.MinValue, DateTimeOffset.MaxValue, DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1),
            .. Enumerable.Range(0, 40).Select(index => Noon.AddMinutes(-index * index * 17)),
        ];
        foreach (DateTimeOffset time in times)
        {
            await fresh.AppendAsync(Entry(Timestamps.Format(time), time), CancellationToken.None);
        }

        foreach (int limit in new[] { 1, 7, 45, 500 })
        {
            Assert.Equal(times.Select(Timestamps.Format).OrderDescending(StringComparer.Ordinal), await IdsAsync(new AuditQuery(), limit, fresh));
        }
    }

    [Fact]
    public async Task Every_range_of_time_gives_the_entries_in_it()
    {
        DateTimeOffset[] times = [.. Enumerable.Range(0, 12).Select(index => Noon.AddMinutes(index * 25))];
        foreach (DateTimeOffset time in times)
        {
            await log.AppendAsync(Entry(Timestamps.Format(time), time), CancellationToken.None);
        }

        await Gen.Select(Gen.Int[-10, 310], Gen.Int[-10, 310]).SampleAsync(
            async (from, to) =>
            {
                var query = new AuditQuery { UserId = user, From = Noon.AddMinutes(from), To = Noon.AddMinutes(to) };

                Assert.Equal(
                    times.Where(time => time >= query.From && time <= query.To).Select(Timestamps.Format).OrderDescending(StringComparer.Ordinal),
                    await IdsAsync(query));
            },
            iter: 30);
    }

    [Theory]
    [InlineData("' or 1 eq 1 or '")]
    [InlineData("ü")]
    public async Task A_filter_is_a_value_and_nothing_else(string text)
    {
        await log.AppendAsync(Entry(text, Noon) with { CorrelationId = text, UserId = user }, CancellationToken.None);
        await log.AppendAsync(Entry("other", Noon), CancellationToken.None);

        Assert.Equal([text], await IdsAsync(new AuditQuery { UserId = user, CorrelationId = text }));
        Assert.Empty(await IdsAsync(new AuditQuery { UserId = user + text }));
    }

    [Fact]
    public async Task A_token_that_this_list_did_not_give_is_refused()
    {
        foreach (string token in new[] { "x", ContinuationToken.Of("x"), ContinuationToken.Of("file:1/2"), ContinuationToken.Of("2026030112") })
        {
            Assert.IsType<Failure.Rejected>((await log.ReadAsync(new AuditQuery(), new PageRequest(10, token), CancellationToken.None)).Failure);
        }
    }

    [Fact]
    public async Task Entries_come_once_and_newest_first_under_any_mixture_of_shards()
    {
        StorageTables tables = NewTables();
        TableAuditLog LogOf(int shards) => new(tables, new HourShards(shards), TimeProvider.System);
        TableAuditLog[] logs = [LogOf(1), LogOf(3), LogOf(4), LogOf(16)];
        // More than one response of storage holds, two at each time, and some written again under another number.
        AuditEntry[] entries = [.. Enumerable.Range(0, 1_300).Select(number => Entry($"{number:D4}", Noon.AddSeconds(-number / 2)))];
        await Task.WhenAll(entries.Select((entry, number) => logs[number % logs.Length].AppendAsync(entry, CancellationToken.None)));
        await Task.WhenAll(entries.Where((_, number) => number % 5 == 0).Select((entry, number) => logs[(number + 1) % logs.Length].AppendAsync(entry, CancellationToken.None)));
        // And some from before there were shards.
        TableClient audit = await tables.GetAsync(StorageTables.Audit, CancellationToken.None);
        foreach (TableEntity row in await tables.QueryAsync(StorageTables.Audit, "PartitionKey eq '2026030112-2'", CancellationToken.None).Take(50).ToListAsync())
        {
            await audit.DeleteEntityAsync(row.PartitionKey, row.RowKey);
            row.PartitionKey = "2026030112";
            await audit.AddEntityAsync(row);
        }

        IEnumerable<string> expected = entries.Select(entry => entry.EventId[..^37]);
        await Gen.Select(Gen.Int[1, 500], Gen.Int[0, 3]).SampleAsync(
            async (limit, log) =>
            {
                List<string> ids = await IdsAsync(new AuditQuery(), limit, logs[log]);

                Assert.Equal(expected.Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
                // Two entries of one time may come in any order.
                Assert.Equal(expected.Select(id => int.Parse(id, CultureInfo.InvariantCulture) / 2), ids.Select(id => int.Parse(id, CultureInfo.InvariantCulture) / 2));
            },
            iter: 6);
    }

    [Fact]
    public async Task A_token_stays_right_while_the_number_of_shards_changes()
    {
        StorageTables tables = NewTables();
        TableAuditLog LogOf(int shards) => new(tables, new HourShards(shards), TimeProvider.System);
        string[] expected = [.. Enumerable.Range(0, 60).Select(number => $"{number:D4}")];
        await Task.WhenAll(expected.Select((id, number) => LogOf((number % HourShards.Max) + 1).AppendAsync(Entry(id, Noon.AddMinutes(-number * 3)), CancellationToken.None)));

        List<string> ids = [];
        string? token = null;
        do
        {
            // Another setting for each page.
            Page<AuditEntry> page = (await LogOf((ids.Count % HourShards.Max) + 1).ReadAsync(new AuditQuery(), new PageRequest(7, token), CancellationToken.None)).Value;
            ids.AddRange(page.Items.Select(entry => entry.EventId[..^37]));
            token = page.ContinuationToken;
        }
        while (token is not null);

        Assert.Equal(expected, ids);
    }

    [Fact]
    public async Task Of_an_entry_that_another_setting_let_in_twice_the_log_shows_the_first()
    {
        StorageTables tables = NewTables();
        await new TableAuditLog(tables, new HourShards(16), TimeProvider.System).AppendAsync(Entry("a", Noon, "first"), CancellationToken.None);
        TableClient audit = await tables.GetAsync(StorageTables.Audit, CancellationToken.None);
        TableEntity row = await tables.QueryAsync(StorageTables.Audit, "", CancellationToken.None).SingleAsync();
        AuditEntry other = Entry("a", Noon, "second");
        row["Entry"] = JsonSerializer.SerializeToUtf8Bytes(other, AuditJsonContext.Stored.AuditEntry);
        row.PartitionKey = "2026030112";
        DateTimeOffset? first = row.Timestamp;
        // Storage's clock counts in milliseconds, so the same time may be on both rows at first.
        await Eventually.UntilAsync(async () =>
        {
            await audit.UpsertEntityAsync(row, TableUpdateMode.Replace);
            return (await audit.GetEntityAsync<TableEntity>(row.PartitionKey, row.RowKey)).Value.Timestamp > first;
        });

        Page<AuditEntry> page = (await new TableAuditLog(tables, new HourShards(4), TimeProvider.System)
            .ReadAsync(new AuditQuery(), new PageRequest(10, null), CancellationToken.None)).Value;

        Assert.Equal("first", Assert.Single(page.Items).Event.Payload.Text("filename"));
    }

    [Fact]
    public async Task Entries_that_wait_together_share_the_transactions_of_their_shards()
    {
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite, stores.Azurite.NewAccount());
        var tables = new StorageTables(new(proxy.ConnectionString), TimeSpan.FromSeconds(20));
        await tables.GetAsync(StorageTables.Audit, CancellationToken.None);
        // A clock that stands still, so that a slow machine does not split the batch.
        var fresh = new TableAuditLog(tables, new HourShards(4), new FakeTimeProvider());
        int writes = 0;
        using var allWait = new ManualResetEventSlim();
        proxy.Fault = request =>
        {
            Interlocked.Increment(ref writes);
            allWait.Wait(Eventually.DefaultDeadline);
            return ProxyFault.None;
        };

        Task<bool>[] appends = [.. Enumerable.Range(0, 401).Select(number => fresh.AppendAsync(Entry($"{number}", Noon), CancellationToken.None))];
        allWait.Set();
        await Task.WhenAll(appends);

        // The first does not wait. Each shard gets about a hundred of the others, so one transaction or two.
        Assert.InRange(writes, 5, 9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task A_page_of_an_hour_with_few_entries_costs_the_same_calls_with_any_number_of_shards(int count)
    {
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite, stores.Azurite.NewAccount());
        var fresh = new TableAuditLog(new StorageTables(new(proxy.ConnectionString), TimeSpan.FromSeconds(20)), new HourShards(count), TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 90).Select(number => fresh.AppendAsync(Entry($"{number}", Noon), CancellationToken.None)));
        int calls = 0;
        proxy.Fault = request =>
        {
            Interlocked.Increment(ref calls);
            return ProxyFault.None;
        };

        Page<AuditEntry> first = (await fresh.ReadAsync(new AuditQuery { From = Noon.AddHours(-3), To = Noon.AddHours(3) }, new PageRequest(50, null), CancellationToken.None)).Value;
        int callsOfFirst = Interlocked.Exchange(ref calls, 0);
        await fresh.ReadAsync(new AuditQuery { From = Noon.AddHours(-3), To = Noon.AddHours(3) }, new PageRequest(50, first.ContinuationToken), CancellationToken.None);

        // Three calls find the newest hour, one reads it. The second page knows its hour, reads it, and looks for an older one.
        Assert.Equal((4, 2), (callsOfFirst, calls));
    }

    // Calls back with the number of each write to the audit log, before storage gets it.
    private static void OnWrite(StorageProxy proxy, Action<int> call)
    {
        int writes = 0;
        proxy.Fault = request =>
        {
            if (HttpMethods.IsPost(request.Method) && StorageProxy.Concerns(request, "Audit"))
            {
                call(Interlocked.Increment(ref writes));
            }

            return ProxyFault.None;
        };
    }

    private StorageTables NewTables() => new(new(AzuriteServer.ConnectionStringFor(stores.Azurite.Ports, stores.Azurite.NewAccount())), TimeSpan.FromSeconds(20));

    private async Task<List<string>> IdsAsync(AuditQuery query, int limit = 50, TableAuditLog? other = null)
    {
        List<string> ids = [];
        for (string? token = null; ;)
        {
            Page<AuditEntry> page = (await (other ?? log).ReadAsync(query, new PageRequest(limit, token), CancellationToken.None)).Value;
            Assert.True(page.Items.Count <= limit);
            ids.AddRange(page.Items.Select(entry => entry.EventId[..^37]));
            if ((token = page.ContinuationToken) is null)
            {
                return ids;
            }
        }
    }

    private AuditEntry Entry(string eventId, DateTimeOffset time, string filename = "a.txt") => AuditActions.Describe(new DomainEvent
    {
        Id = $"{eventId} {user}",
        Type = EventTypes.FileUploaded,
        Timestamp = Timestamps.ToMilliseconds(time),
        Payload = JsonElement.Parse($$"""{"fileId":"f","filename":"{{filename}}","uploadedBy":"{{user}}"}"""),
        Metadata = new EventMetadata { Service = "test", Version = "1" },
    });
}
