using System.Globalization;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Outbox;

public sealed class RelayTests
{
    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task What_Redis_did_not_take_is_published_when_Redis_is_back()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.Redis.KillAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.Redis.StartAgainAsync(keepData: false);

        await RelayUntilAsync(harness, async () => await PublishedAsync(harness) == 1);

        await RelayUntilAsync(harness, async () => await harness.CountAsync("Pending") == 0);
        Assert.Equal(1, await PublishedAsync(harness));
        Assert.Equal([uploaded.Id], (await LogAsync(harness)).Select(entry => entry.EventId));
    }

    [Fact]
    public async Task A_published_event_is_not_published_again_but_goes_into_the_log()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);

        await RelayUntilAsync(harness, async () => await harness.CountAsync("Pending") == 0);

        Assert.Equal(1, await PublishedAsync(harness));
        Assert.Equal([uploaded.Id], (await LogAsync(harness)).Select(entry => entry.EventId));
    }

    [Fact]
    public async Task A_transaction_that_never_committed_gets_an_abort_marker_and_its_outbox_entry_goes()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        bool isLost = true;
        harness.Storage.Fault = request => isLost && (StorageProxy.IsTransaction(request) || request.Path.Value!.EndsWith("/Gateway", StringComparison.Ordinal))
            ? ProxyFault.LoseRequest
            : ProxyFault.None;
        DomainEvent updated = DomainEvent.Create(new FileDeleted("f", "a", 2, user), DateTimeOffset.UtcNow, user, null);
        PublishOutcome outcome = await harness.Get<IEventPublisher>().PublishAsync(
            new Transaction(StateKeys.User(user)).Publish(updated), CancellationToken.None);
        Assert.Equal(PublishOutcome.Unavailable, outcome);
        Assert.Equal(1, await harness.CountAsync("Pending"));
        isLost = false;

        await RelayUntilAsync(harness, async () => await harness.CountAsync("Pending") == 0);

        Assert.True(Assert.Single(await LogAsync(harness)).IsAbortMarker);
        Assert.Equal(0, await PublishedAsync(harness));
        Assert.Empty((await harness.Get<EventLog>().FetchAsync(await LogAsync(harness), CancellationToken.None)).Events);
    }

    [Fact]
    public async Task A_transaction_that_commits_after_the_relay_has_checked_is_kept_out()
    {
        // The held request ends after this time. It must reach the proxy earlier.
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("StorageTimeout", "00:00:20"));
        harness.Storage.Fault = request => StorageProxy.IsTransaction(request) && harness.Storage.Held == 0 ? ProxyFault.Hold : ProxyFault.None;
        DomainEvent updated = DomainEvent.Create(new FileDeleted("f", "a", 2, user), DateTimeOffset.UtcNow, user, null);
        Task<PublishOutcome> publishing = harness.Get<IEventPublisher>().PublishAsync(
            new Transaction(StateKeys.User(user)).Publish(updated), CancellationToken.None);
        // The relay's own transactions must not be held in its place.
        await Eventually.UntilAsync(() => harness.Storage.Held == 1);

        await RelayUntilAsync(harness, async () => (await LogAsync(harness)).Count == 1);
        string late = await harness.Storage.LetGo();

        Assert.Contains("EntityAlreadyExists", late, StringComparison.Ordinal);
        Assert.Equal(PublishOutcome.Unavailable, await publishing);
        Assert.Equal(0, await PublishedAsync(harness));
    }

    [Fact]
    public async Task An_event_whose_mark_Redis_forgot_is_published_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.Database.KeyDeleteAsync(EventKeys.PublishedOf(uploaded.Id));

        await RelayUntilAsync(harness, async () => await PublishedAsync(harness) == 2);
    }

    [Fact]
    public async Task A_late_event_lowers_the_low_watermarks_of_its_pairs_before_it_is_published()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(-1)));
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            (IReadOnlyDictionary<string, PairState> before, _) = await harness.Get<PairStates>().ReadAsync(consumer, CancellationToken.None);
            await harness.Get<PairStates>().TryWriteAsync(consumer, before.Values.Select(pair => pair with { LowWatermark = DateTimeOffset.UtcNow }), CancellationToken.None);
        }

        await harness.Redis.StopAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.Redis.StartAgainAsync();
        await RelayUntilAsync(harness, async () => await PublishedAsync(harness) == 1);

        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            (IReadOnlyDictionary<string, PairState> pairs, _) = await harness.Get<PairStates>().ReadAsync(consumer, CancellationToken.None);
            Assert.Equal(uploaded.Timestamp, pairs[EventTypes.FileUploaded].LowWatermark);
            Assert.All(pairs.Values.Where(pair => pair.Type != EventTypes.FileUploaded), pair => Assert.True(pair.LowWatermark > uploaded.Timestamp));
        }
    }

    [Fact]
    public async Task The_journal_is_trimmed_to_what_somebody_has_yet_to_read()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalRetention", "00:01:00"), ("Delivery:Consumers", "audit,orchestrator"));
        for (int entry = 1; entry <= 5; entry++)
        {
            await harness.Database.StreamAddAsync(DeliveryHarness.Uploads, "event", "{}", $"{entry}000-0");
        }

        await AcknowledgeAsync(harness, "audit", 4);
        await AcknowledgeAsync(harness, "orchestrator", 2);

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);

        Assert.Equal(3, await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads));
    }

    [Fact]
    public async Task A_journal_beyond_all_bounds_is_cut_and_what_was_unread_is_replayed()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalMaxLength", "1000"), ("Delivery:Consumers", "audit"));
        await AddToJournalAsync(harness, 1001);

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);

        Assert.Equal(900, await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads));
        Assert.Equal("journal-trimmed", (await harness.Get<ReplayJobs>().NextAsync("audit", Subscriptions.TypesOf("audit"), CancellationToken.None))!.Job.Reason);
    }

    [Fact]
    public async Task A_cut_takes_nothing_that_comes_while_it_is_prepared()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalMaxLength", "1000"), ("Delivery:Consumers", "audit"));
        RedisKey rare = EventKeys.JournalOf(EventTypes.ApiKeyRevoked);
        await harness.Database.StreamAddAsync(rare, "event", "{}");
        await harness.Database.StreamReadGroupAsync(rare, "audit", "reader", ">", noAck: true);
        await AddToJournalAsync(harness, 1001);
        int added = 0;
        harness.Storage.Fault = request =>
        {
            if (StorageProxy.Concerns(request, "Replays") && Interlocked.Exchange(ref added, 1) == 0)
            {
                harness.Database.StreamAdd(rare, "event", "{}");
            }

            return ProxyFault.None;
        };

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);

        Assert.Equal(1, added);
        Assert.Equal(1, (await harness.GroupAsync("audit", EventTypes.ApiKeyRevoked))!.Unread);
        Assert.DoesNotContain(EventTypes.ApiKeyRevoked, (await harness.Get<ReplayJobs>().NextAsync("audit", Subscriptions.TypesOf("audit"), CancellationToken.None))!.Job.Types!);
    }

    [Fact]
    public async Task A_cut_of_entries_that_were_read_replays_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalMaxLength", "1000"), ("Delivery:Consumers", "audit"));
        await AddToJournalAsync(harness, 1001);
        // One of them is in work, and one more is unread, but neither is cut.
        await AcknowledgeAsync(harness, "audit", 1000);
        await harness.Database.StreamReadGroupAsync(DeliveryHarness.Uploads, "audit", "reader", ">", 1);
        await AddToJournalAsync(harness, 1);

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);

        Assert.Equal(900, await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads));
        Assert.Equal(0, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 1, CancellationToken.None));
    }

    [Fact]
    public async Task A_journal_of_too_many_bytes_is_cut_until_it_fits_and_what_was_unread_is_replayed()
    {
        const long MaxBytes = 1 << 20;
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalMaxBytes", $"{MaxBytes}"), ("Delivery:Consumers", "audit"));
        // The newest entries need most of the bytes, so one cut by the average length is not enough.
        await AddToJournalAsync(harness, 1_000);
        for (int entry = 0; entry < 100; entry++)
        {
            await harness.Database.StreamAddAsync(DeliveryHarness.Uploads, "event", new string('x', 20_000));
        }

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);

        Assert.InRange((long)await harness.Database.ExecuteAsync("MEMORY", "USAGE", (RedisKey)DeliveryHarness.Uploads, "SAMPLES", 0), 1, MaxBytes);
        Assert.InRange(await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads), 20, 52);
        Assert.Equal("journal-trimmed", (await harness.Get<ReplayJobs>().NextAsync("audit", Subscriptions.TypesOf("audit"), CancellationToken.None))!.Job.Reason);
    }

    [Fact]
    public async Task Cuts_that_follow_each_other_before_a_replay_begins_make_one_job()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalMaxLength", "1000"), ("Delivery:Consumers", "audit"));
        for (int cut = 1; cut <= 3; cut++)
        {
            await AddToJournalAsync(harness, 1001);
            await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);
            Assert.Equal(900, await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads));
        }

        Assert.Equal(1, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 10, CancellationToken.None));
    }

    [Fact]
    public async Task In_a_Redis_that_is_full_the_journal_is_trimmed_all_the_same_and_then_it_takes_events_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalRetention", "00:01:00"));
        for (int entry = 1; entry <= 40; entry++)
        {
            await harness.Database.StreamAddAsync(DeliveryHarness.Uploads, "event", new byte[100_000], $"{entry}000-0");
        }

        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            await AcknowledgeAsync(harness, consumer, 40);
        }

        IServer server = harness.Multiplexer.GetServers()[0];
        long used = (await server.InfoAsync("memory")).SelectMany(section => section).Where(each => each.Key == "used_memory").Select(each => long.Parse(each.Value, CultureInfo.InvariantCulture)).Single();
        await server.ConfigSetAsync("maxmemory", used - 1_000_000);
        DomainEvent uploaded = await harness.UploadAsync(user);
        await Eventually.UntilAsync(async () =>
            await Record.ExceptionAsync(() => harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None)) is DependencyUnavailableException);
        Assert.Equal(40, await PublishedAsync(harness));

        await Eventually.UntilAsync(async () =>
        {
            await harness.TickRelayAsync();
            StreamEntry[] entries = await harness.Database.StreamRangeAsync(DeliveryHarness.Uploads);
            return entries is [var only] && ((string)only["event"]!).Contains(uploaded.Id, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_row_that_holds_no_event_waits_until_somebody_puts_it_right_and_holds_up_no_other()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent spoilt = await harness.UploadAsync(user, "spoilt.txt");
        TableClient gateway = await harness.Get<StorageTables>().GetAsync(StorageTables.Gateway, CancellationToken.None);
        TableEntity row = await gateway.GetEntityAsync<TableEntity>(StateKeys.User(user), $"event:{spoilt.Id}");
        await gateway.UpsertEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["Kind"] = "event", ["Body"] = "{"u8.ToArray() }, TableUpdateMode.Replace);
        DomainEvent other = await harness.UploadAsync(user, "other.txt");

        await RelayUntilAsync(harness, async () => await harness.CountAsync("Pending") == 1);
        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
        Assert.Equal([other.Id], (await LogAsync(harness)).Select(entry => entry.EventId));
        Assert.Equal(1, await harness.CountAsync("Pending"));

        await gateway.UpsertEntityAsync(row, TableUpdateMode.Replace);
        await RelayUntilAsync(harness, async () => await harness.CountAsync("Pending") == 0);
        Assert.Equal([spoilt.Id, other.Id], (await LogAsync(harness)).Select(entry => entry.EventId));
    }

    [Fact]
    public async Task A_transaction_that_is_seen_in_part_while_it_commits_is_not_logged_in_part()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent[] events = [.. Enumerable.Range(0, 2).Select(number =>
            DomainEvent.Create(new FileDeleted($"{number}", "a", 2, user), DateTimeOffset.UtcNow, user, null))];
        TableClient pending = await harness.Get<StorageTables>().GetAsync(StorageTables.Pending, CancellationToken.None);
        await pending.AddEntityAsync(new TableEntity("0", events[0].Id) { ["Partition"] = StateKeys.User(user), ["EventIds"] = $"{events[0].Id},{events[1].Id}" });
        TableClient gateway = await harness.Get<StorageTables>().GetAsync(StorageTables.Gateway, CancellationToken.None);
        await gateway.AddEntityAsync(RowOf(events[1]));

        await harness.Get<OutboxRelay>().LogCommittedAsync(CancellationToken.None);
        Assert.Empty(await LogAsync(harness));

        await gateway.AddEntityAsync(RowOf(events[0]));
        await harness.Get<OutboxRelay>().LogCommittedAsync(CancellationToken.None);
        Assert.Equal(events.Select(each => each.Id).Order(), (await LogAsync(harness)).Select(entry => entry.EventId).Order());

        TableEntity RowOf(DomainEvent domainEvent) =>
            new(StateKeys.User(user), $"event:{domainEvent.Id}") { ["Kind"] = "event", ["Body"] = EventParser.Write(domainEvent) };
    }

    [Fact]
    public async Task An_outbox_entry_that_another_relay_has_deleted_does_not_keep_the_others_of_its_batch()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:RelayAfter", "-00:00:02"));
        TableClient pending = await harness.Get<StorageTables>().GetAsync(StorageTables.Pending, CancellationToken.None);
        // Their events have not committed, so the relay deletes them at once.
        string[] ids = [.. Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7().ToString())];
        foreach (string id in ids)
        {
            await pending.AddEntityAsync(new TableEntity("0", id) { ["Partition"] = StateKeys.User(user), ["EventIds"] = id });
        }

        int batches = 0;
        harness.Storage.Fault = request =>
        {
            if (StorageProxy.IsTransaction(request) && StorageProxy.Concerns(request, StorageTables.Pending) && ++batches == 1)
            {
                pending.DeleteEntity("0", ids[1]);
            }

            return ProxyFault.None;
        };
        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);

        Assert.Equal(1 + ids.Length, batches);
        Assert.Equal(0, await harness.CountAsync(StorageTables.Pending));
    }

    [Fact]
    public async Task What_belongs_to_one_user_is_asked_for_at_once()
    {
        // Storage tells its time in whole seconds, so every outbox entry is old enough at once.
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:RelayAfter", "-00:00:02"));
        for (int file = 0; file < 20; file++)
        {
            await harness.UploadAsync(user, $"{file}");
        }

        int queries = 0;
        harness.Storage.Fault = request =>
        {
            if (HttpMethods.IsGet(request.Method) && StorageProxy.Concerns(request, "Gateway"))
            {
                Interlocked.Increment(ref queries);
            }

            return ProxyFault.None;
        };
        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);

        Assert.Equal(20, (await LogAsync(harness)).Count);
        Assert.Equal(1, queries);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(32, 1 + StorageTables.PendingShards)]
    public async Task One_query_finds_all_outbox_entries_unless_they_fill_more_than_a_response(int entriesOfAShard, int expectedQueries)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        TableClient pending = await harness.Get<StorageTables>().GetAsync(StorageTables.Pending, CancellationToken.None);
        for (int shard = 0; shard < StorageTables.PendingShards; shard++)
        {
            // Their events have not committed, so the relay leaves them.
            string partition = shard.ToString("x", CultureInfo.InvariantCulture);
            await pending.SubmitTransactionAsync(Enumerable.Range(0, entriesOfAShard).Select(_ => Guid.CreateVersion7().ToString()).Select(id =>
                new TableTransactionAction(TableTransactionActionType.Add, new TableEntity(partition, id) { ["Partition"] = StateKeys.User(user), ["EventIds"] = id })));
        }

        DomainEvent uploaded = await harness.UploadAsync(user);
        int queries = 0;
        harness.Storage.Fault = request =>
        {
            if (HttpMethods.IsGet(request.Method) && StorageProxy.Concerns(request, "Pending"))
            {
                Interlocked.Increment(ref queries);
            }

            return ProxyFault.None;
        };
        await harness.Get<OutboxRelay>().LogCommittedAsync(CancellationToken.None);

        Assert.Equal(expectedQueries, queries);
        Assert.Equal([uploaded.Id], (await LogAsync(harness)).Select(entry => entry.EventId));
    }

    private static async Task AddToJournalAsync(DeliveryHarness harness, int count)
    {
        IBatch batch = harness.Database.CreateBatch();
        Task[] adds = [.. Enumerable.Range(0, count).Select(_ => batch.StreamAddAsync(DeliveryHarness.Uploads, "event", "{}"))];
        batch.Execute();
        await Task.WhenAll(adds);
    }

    private static async Task AcknowledgeAsync(DeliveryHarness harness, string consumer, int count)
    {
        StreamEntry[] entries = await harness.Database.StreamReadGroupAsync(DeliveryHarness.Uploads, consumer, "reader", ">", count);
        await harness.Database.StreamAcknowledgeAsync(DeliveryHarness.Uploads, consumer, [.. entries.Select(entry => entry.Id)]);
    }

    private static Task RelayUntilAsync(DeliveryHarness harness, Func<Task<bool>> condition) => Eventually.UntilAsync(async () =>
    {
        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
        return await condition();
    });

    private static async Task<IReadOnlyList<LogEntry>> LogAsync(DeliveryHarness harness) =>
        (await harness.Get<EventLog>().ReadAsync(DateTimeOffset.MinValue, DateTimeOffset.UtcNow.AddDays(1), null, 500, CancellationToken.None)).Entries;

    private static Task<long> PublishedAsync(DeliveryHarness harness) => harness.Database.StreamLengthAsync(DeliveryHarness.Uploads);
}
