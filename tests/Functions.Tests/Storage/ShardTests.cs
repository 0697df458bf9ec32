using System.Collections.Concurrent;
using Azure.Data.Tables;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Storage;

/// <summary>Rows of the event log and of the audit log lie in shards of their hours, and the setting may have been another one when they were written.</summary>
public sealed class ShardTests
{
    // So that a process that starts later finds the outbox entries.
    private static readonly (string, string) KeepEntries = ("Delivery:KeepOutboxEntriesFor", "01:00:00");

    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task A_replay_hands_over_each_event_once_whichever_shards_hold_its_lines()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, KeepEntries, ("Delivery:HourShards", "3"));
        string[] ids = [.. await UploadAsync(harness, 20)];
        await harness.LogAsync(20);
        await using DeliveryHarness another = await harness.StartAnotherAsync(TimeProvider.System, KeepEntries, ("Delivery:HourShards", "16"));
        await LogAgainAsync(another, ids.Length);
        await MoveAsync(harness, StorageTables.Log, 5);
        ConcurrentQueue<string> handled = [];
        harness.Consumers["audit"].Before = (domainEvent, _) =>
        {
            handled.Enqueue(domainEvent.Id);
            return Task.CompletedTask;
        };
        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);

        await harness.ReplayAsync("audit");

        Assert.Equal(ids.Order(StringComparer.Ordinal), handled.Order(StringComparer.Ordinal));
        job = (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!;
        Assert.Equal(("done", 20, 20), (job.Status, job.Matched, job.Delivered));
    }

    [Fact]
    public async Task A_replay_that_began_under_another_number_of_shards_goes_on_where_it_was()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, KeepEntries, ("Delivery:HourShards", "2"));
        await using DeliveryHarness another = await harness.StartAnotherAsync(TimeProvider.System, KeepEntries, ("Delivery:HourShards", "16"));
        // Long before the rows that follow.
        string[] ids = [.. await UploadAsync(harness, 3, TimeSpan.FromMinutes(1))];
        await harness.LogAsync(3);
        // More than two pages.
        await FillAsync(harness, 2 * EventLog.PageSize);
        ids = [.. ids, .. await UploadAsync(harness, 3)];
        await harness.LogAsync((2 * EventLog.PageSize) + 6);
        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        Assert.True(await harness.Get<ReplayRunner>().RunAsync(harness.Consumers["audit"], [EventTypes.FileUploaded], TimeSpan.Zero, CancellationToken.None));
        await LogAgainAsync(another, ids.Length);

        await another.ReplayAsync("audit");

        Assert.Equal((3, 3), (harness.Consumers["audit"].Handled, another.Consumers["audit"].Handled));
        Assert.Equal(6, (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!.Matched);
        Assert.Equal(ids.Order(StringComparer.Ordinal), (await harness.AuditedAsync(user)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Retention_deletes_expired_lines_from_every_shard_and_from_hours_of_impossible_times()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time, KeepEntries, ("Delivery:HourShards", "3"));
        await UploadAsync(harness, 20);
        await harness.LogAsync(20);
        await using (DeliveryHarness another = await harness.StartAnotherAsync(TimeProvider.System, KeepEntries, ("Delivery:HourShards", "16")))
        {
            await LogAgainAsync(another, 20);
        }

        await MoveAsync(harness, StorageTables.Log, 5);
        // So storage got all rows long before what expires now.
        time.Advance(TimeSpan.FromDays(400));
        DateTimeOffset now = time.GetUtcNow();
        await AddAuditsAsync(harness, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(500), DateTimeOffset.UnixEpoch);
        // A day ahead is the last hour in which an event may be.
        await AddAuditsAsync(harness, now, now.AddDays(1));

        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);

        Assert.Equal((0, 0), (await harness.CountAsync(StorageTables.Log), await CountEventsAsync(harness)));
        Assert.Equal(6, await harness.CountAsync(StorageTables.Audit));

        async Task AddAuditsAsync(DeliveryHarness app, params DateTimeOffset[] times)
        {
            TableClient audit = await app.Get<StorageTables>().GetAsync(StorageTables.Audit, CancellationToken.None);
            foreach (string hour in times.Select(Hours.Of))
            {
                foreach (string partition in new[] { hour, HourShards.PartitionOf(hour, 0), HourShards.PartitionOf(hour, 15) })
                {
                    await audit.AddEntityAsync(new TableEntity(partition, "line"));
                }
            }
        }
    }

    [Fact]
    public async Task A_committed_event_is_found_by_its_id_whatever_the_setting_was_when_it_was_logged()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:HourShards", "5"));
        string[] ids = [.. await UploadAsync(harness, 20)];
        await harness.LogAsync(20);
        await MoveAsync(harness, StorageTables.Log, 5);
        // Else the outbox entries would tell.
        TableClient pending = await harness.Get<StorageTables>().GetAsync(StorageTables.Pending, CancellationToken.None);
        await foreach (TableEntity entry in harness.Get<StorageTables>().QueryAsync(StorageTables.Pending, "", CancellationToken.None))
        {
            await pending.DeleteEntityAsync(entry.PartitionKey, entry.RowKey);
        }

        foreach (int count in new[] { 1, 5, 6, 16 })
        {
            var log = new EventLog(harness.Get<StorageTables>(), new HourShards(count), NullLogger<EventLog>.Instance);
            foreach (string id in ids)
            {
                Assert.Equal(id, (await log.FindAsync(id, CancellationToken.None))?.Id);
            }

            Assert.Null(await log.FindAsync(Guid.CreateVersion7().ToString(), CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("16")]
    public async Task A_replay_of_nothing_and_retention_of_nothing_cost_the_same_calls_with_any_number_of_shards(string count)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:HourShards", count));
        int log = 0;
        int audit = 0;
        harness.Storage.Fault = request =>
        {
            log += HttpMethods.IsGet(request.Method) && StorageProxy.Concerns(request, "Log(") ? 1 : 0;
            audit += HttpMethods.IsGet(request.Method) && StorageProxy.Concerns(request, "Audit(") ? 1 : 0;
            return ProxyFault.None;
        };
        await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-100), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);

        Assert.False(await harness.ReplayAsync("audit"));
        // The other call is the probe of the consumer's store.
        Assert.Equal((1, 1), (log, audit));

        (log, audit) = (0, 0);
        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);
        // Two ranges each: what is old, and what is far ahead.
        Assert.Equal((2, 2), (log, audit));
    }

    [Fact]
    public async Task The_audit_consumer_writes_to_the_shards_of_the_setting()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:HourShards", "2"));
        AuditEntry[] entries = [.. Enumerable.Range(0, 40).Select(number => AuditActions.Describe(DeliveryHarness.Foreign(user, $"{number}")))];

        await Task.WhenAll(entries.Select(entry => harness.Get<IAuditLog>().AppendAsync(entry, CancellationToken.None)));
        await UploadAsync(harness, 20);
        await harness.LogAsync(20);

        foreach (string table in new[] { StorageTables.Audit, StorageTables.Log })
        {
            string[] shards = await harness.Get<StorageTables>().QueryAsync(table, "", CancellationToken.None).Select(row => row.PartitionKey[10..]).Distinct().ToArrayAsync();
            Assert.Equal(["-0", "-1"], shards.Order(StringComparer.Ordinal));
        }
    }

    private async Task<IReadOnlyList<string>> UploadAsync(DeliveryHarness harness, int count, TimeSpan age = default)
    {
        List<string> ids = [];
        for (int file = 0; file < count; file++)
        {
            // Each in a slice of time of its own, so that shards differ.
            TimeSpan later = TimeSpan.FromMilliseconds(32 * file);
            ids.Add((await harness.CommitAsync(user, new FileUploaded($"{file}", $"{file}", 1, "text/plain", "s", 1, user), age - later)).Id);
        }

        return ids;
    }

    // A process that has just started with another setting logs again what the outbox still has. Rows of one slice of time move together.
    private static async Task LogAgainAsync(DeliveryHarness another, int entries)
    {
        Assert.Equal(entries, await another.CountAsync(StorageTables.Pending));
        int before = await another.CountAsync(StorageTables.Log);
        await another.Get<OutboxRelay>().LogCommittedAsync(CancellationToken.None);
        Assert.InRange(await another.CountAsync(StorageTables.Log), before + 1, before + entries);
    }

    // Some lines are from a version without shards.
    private static async Task MoveAsync(DeliveryHarness harness, string name, int count)
    {
        TableClient table = await harness.Get<StorageTables>().GetAsync(name, CancellationToken.None);
        foreach (TableEntity row in await harness.Get<StorageTables>().QueryAsync(name, "", CancellationToken.None).Take(count).ToListAsync())
        {
            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey);
            row.PartitionKey = Hours.In(row.PartitionKey);
            await table.UpsertEntityAsync(row);
        }
    }

    private static Task FillAsync(DeliveryHarness harness, int lines) => harness.Get<EventLog>().AppendAsync(
        Enumerable.Range(0, lines).Select(_ => new LogEntry(Guid.CreateVersion7().ToString(), "", "p", DateTimeOffset.UtcNow, IsAbortMarker: true)),
        CancellationToken.None);

    private static async Task<int> CountEventsAsync(DeliveryHarness harness) => await harness.Get<StorageTables>()
        .QueryAsync(StorageTables.Gateway, "RowKey ge 'event:' and RowKey lt 'event;'", CancellationToken.None).CountAsync();
}
