using System.Text;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Quotas;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Outbox;

public sealed class PublishTests(Stores stores)
{
    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task A_committed_event_is_in_storage_in_the_journal_and_on_its_channel()
    {
        (Transaction transaction, DomainEvent uploaded) = Upload();
        ChannelMessageQueue channel = await stores.Multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal("events:file.uploaded"));

        PublishOutcome outcome = await stores.Publisher().PublishAsync(transaction, CancellationToken.None);

        Assert.Equal(PublishOutcome.Committed, outcome);
        Assert.Equal(EventParser.Write(uploaded), (await EventRowAsync(uploaded))!.GetBinary("Body"));
        Assert.Equal(1, await JournalCountAsync(uploaded));
        await Eventually.UntilAsync(() => channel.TryRead(out ChannelMessage message) && message.Message == EventParser.Write(uploaded));
        await channel.UnsubscribeAsync();
        TableEntity entry = Assert.Single(await OutboxEntriesAsync());
        Assert.Equal(uploaded.Id, entry.GetString("EventIds"));
    }

    [Fact]
    public async Task A_transaction_on_a_row_that_has_changed_is_refused_and_leaves_nothing()
    {
        (Transaction transaction, DomainEvent uploaded) = Upload();
        await stores.Publisher().PublishAsync(transaction, CancellationToken.None);
        DomainEvent updated = DomainEvent.Create(new FileDeleted("f", "a", 2, user), DateTimeOffset.UtcNow, user, null);
        Transaction stale = new Transaction(StateKeys.User(user)).Delete(transaction.Writes[0].Key, "W/\"datetime'2020-01-01T00%3A00%3A00Z'\"").Publish(updated);

        PublishOutcome outcome = await stores.Publisher().PublishAsync(stale, CancellationToken.None);

        Assert.Equal(PublishOutcome.Refused, outcome);
        Assert.Null(await EventRowAsync(updated));
        Assert.Equal(0, await JournalCountAsync(updated));
        Assert.Equal(uploaded.Id, Assert.Single(await OutboxEntriesAsync()).GetString("EventIds"));
    }

    [Fact]
    public async Task A_prepared_transaction_has_its_outbox_entry_and_gets_writes_until_it_is_published()
    {
        (Transaction transaction, DomainEvent uploaded) = Upload();

        await stores.Publisher().PrepareAsync(transaction, CancellationToken.None);

        Assert.Equal(uploaded.Id, Assert.Single(await OutboxEntriesAsync()).GetString("EventIds"));
        Assert.Null(await EventRowAsync(uploaded));
        transaction.SetUsage(Usage.Files, null, new UsageRow(1, 1));
        Assert.Equal(PublishOutcome.Committed, await stores.Publisher().PublishAsync(transaction, CancellationToken.None));
        Assert.NotNull(await EventRowAsync(uploaded));
        Assert.Single(await OutboxEntriesAsync());
    }

    [Fact]
    public async Task A_prepared_transaction_that_is_withdrawn_or_refused_leaves_no_outbox_entry_and_no_event()
    {
        (Transaction withdrawn, DomainEvent first) = Upload();
        (Transaction refused, DomainEvent second) = Upload();
        refused.SetUsage(Usage.Files, new Stored<UsageRow>(Usage.Files, Usage.None, "W/\"datetime'2020-01-01T00%3A00%3A00Z'\""), Usage.None);
        await stores.Publisher().PrepareAsync(withdrawn, CancellationToken.None);
        await stores.Publisher().PrepareAsync(refused, CancellationToken.None);

        await stores.Publisher().WithdrawAsync(withdrawn);
        Assert.Equal(PublishOutcome.Refused, await stores.Publisher().PublishAsync(refused, CancellationToken.None));

        Assert.Null(await EventRowAsync(first));
        Assert.Null(await EventRowAsync(second));
        Assert.Empty(await OutboxEntriesAsync());
    }

    [Fact]
    public async Task A_transaction_whose_answer_is_lost_is_known_to_have_committed()
    {
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite);
        proxy.Fault = request => StorageProxy.IsTransaction(request) ? ProxyFault.LoseResponse : ProxyFault.None;
        (Transaction transaction, DomainEvent uploaded) = Upload();

        PublishOutcome outcome = await stores.Publisher(new StorageTables(new(proxy.ConnectionString), Stores.CallTimeout)).PublishAsync(transaction, CancellationToken.None);

        Assert.Equal(PublishOutcome.Committed, outcome);
        Assert.Equal(EventParser.Write(uploaded), (await EventRowAsync(uploaded))!.GetBinary("Body"));
        Assert.Equal(1, await JournalCountAsync(uploaded));
    }

    [Fact]
    public async Task A_transaction_that_was_given_up_can_never_commit_later()
    {
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite);
        proxy.Fault = request => StorageProxy.IsTransaction(request) ? ProxyFault.Hold : ProxyFault.None;
        (Transaction transaction, DomainEvent uploaded) = Upload();

        // The held request ends after this time. It must reach the proxy earlier.
        PublishOutcome outcome = await stores.Publisher(new StorageTables(new(proxy.ConnectionString), TimeSpan.FromSeconds(20))).PublishAsync(transaction, CancellationToken.None);
        string lateResponse = await proxy.LetGo();

        Assert.Equal(PublishOutcome.Unavailable, outcome);
        Assert.Contains("EntityAlreadyExists", lateResponse, StringComparison.Ordinal);
        Assert.Equal("fence", (await EventRowAsync(uploaded))!.GetString("Kind"));
        Assert.Null(await new TableStateStore(stores.Tables, GatewayFeatures.Stored, new RecentRows(TimeProvider.System)).FindAsync<FileRow>(transaction.Partition, transaction.Writes[0].Key, CancellationToken.None));
        Assert.Equal(0, await JournalCountAsync(uploaded));
    }

    [Fact]
    public async Task A_transaction_that_never_arrived_is_not_committed()
    {
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite);
        proxy.Fault = request => StorageProxy.IsTransaction(request) ? ProxyFault.LoseRequest : ProxyFault.None;
        (Transaction transaction, DomainEvent uploaded) = Upload();

        PublishOutcome outcome = await stores.Publisher(new StorageTables(new(proxy.ConnectionString), Stores.CallTimeout)).PublishAsync(transaction, CancellationToken.None);

        Assert.Equal(PublishOutcome.Unavailable, outcome);
        Assert.Equal("fence", (await EventRowAsync(uploaded))!.GetString("Kind"));
    }

    [Fact]
    public async Task Without_storage_nothing_is_committed_or_published()
    {
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite);
        proxy.Fault = _ => ProxyFault.LoseRequest;
        (Transaction transaction, DomainEvent uploaded) = Upload();

        PublishOutcome outcome = await stores.Publisher(new StorageTables(new(proxy.ConnectionString), Stores.CallTimeout)).PublishAsync(transaction, CancellationToken.None);

        Assert.Equal(PublishOutcome.Unavailable, outcome);
        Assert.Null(await EventRowAsync(uploaded));
        Assert.Equal(0, await JournalCountAsync(uploaded));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_Redis_down_or_hanging_the_event_is_committed_all_the_same(bool isHanging)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        // A publisher that waited for a command's time-out would wait for an hour.
        await using var redis = new RedisConnection(server.ConnectionString, TimeSpan.FromHours(1), RedisConnection.QuickTimeout);
        await Stores.PingAsync(redis);
        if (isHanging)
        {
            server.Freeze();
        }
        else
        {
            await server.KillAsync();
        }

        (Transaction transaction, DomainEvent uploaded) = Upload();
        PublishOutcome outcome = await stores.Publisher(redis: redis).PublishAsync(transaction, CancellationToken.None).WaitAsync(Eventually.DefaultDeadline);

        Assert.Equal(PublishOutcome.Committed, outcome);
        Assert.NotNull(await EventRowAsync(uploaded));
        Assert.Single(await OutboxEntriesAsync());
        if (isHanging)
        {
            server.Thaw();
        }
    }

    [Fact]
    public async Task Publishing_again_is_harmless()
    {
        (Transaction transaction, DomainEvent uploaded) = Upload();
        await stores.Publisher().PublishAsync(transaction, CancellationToken.None);

        await new RedisJournal(stores.Redis, Microsoft.Extensions.Logging.Abstractions.NullLogger<RedisJournal>.Instance).PublishAsync([uploaded]);

        Assert.Equal(1, await JournalCountAsync(uploaded));
    }

    [Fact]
    public async Task Several_events_of_one_transaction_are_all_published()
    {
        (Transaction transaction, DomainEvent first) = Upload();
        DomainEvent second = DomainEvent.Create(new FileDeleted("f", "a", 2, user), DateTimeOffset.UtcNow, user, null);

        await stores.Publisher().PublishAsync(transaction.Publish(second), CancellationToken.None);

        Assert.Equal(1, await JournalCountAsync(first));
        Assert.Equal(1, await JournalCountAsync(second));
    }

    private (Transaction Transaction, DomainEvent Uploaded) Upload()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var file = new FileRecord
        {
            Id = Guid.CreateVersion7().ToString(),
            Filename = "a.txt",
            Size = 1,
            ContentType = "text/plain",
            Sha256 = "s",
            Version = 1,
            UploadedBy = user,
            CreatedAt = now,
            UpdatedAt = now,
        };
        DomainEvent uploaded = DomainEvent.Create(new FileUploaded(file.Id, "ä.txt", 1, "text/plain", "s", 1, user), now, user, "c");
        return (new Transaction(StateKeys.User(user)).Insert(FileKeys.Row(file.Id), new FileRow(file, "content")).Publish(uploaded), uploaded);
    }

    private async Task<TableEntity?> EventRowAsync(DomainEvent domainEvent) =>
        await stores.Table("Gateway").GetEntityIfExistsAsync<TableEntity>(StateKeys.User(user), $"event:{domainEvent.Id}") is { HasValue: true } row
            ? row.Value
            : null;

    private async Task<List<TableEntity>> OutboxEntriesAsync()
    {
        List<TableEntity> entries = [];
        await foreach (TableEntity entry in stores.Table("Pending").QueryAsync<TableEntity>(row => row["Partition"].Equals(StateKeys.User(user))))
        {
            entries.Add(entry);
        }

        return entries;
    }

    private async Task<int> JournalCountAsync(DomainEvent domainEvent)
    {
        StreamEntry[] entries = await stores.Multiplexer.GetDatabase().StreamRangeAsync(EventKeys.JournalOf(domainEvent.Type));
        return entries.Count(entry => Encoding.UTF8.GetString((byte[])entry["event"]!).Contains(domainEvent.Id, StringComparison.Ordinal));
    }
}
