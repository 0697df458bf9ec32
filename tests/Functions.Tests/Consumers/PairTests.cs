using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Consumers;

/// <summary>Each pair of consumer and event type has its own journal, state and owner.</summary>
public sealed class PairTests
{
    private static readonly (string, string) WithoutUploads = ("AzureWebJobs.AuditFileUploaded.Disabled", "true");

    private static readonly (string, string) OnlyUploads = ("AzureFunctionsJobHost:functions:0", "AuditFileUploaded");

    private static readonly RedisKey Deletions = EventKeys.JournalOf(EventTypes.FileDeleted);

    private readonly string user = Guid.NewGuid().ToString();

    [Theory]
    [InlineData("AzureWebJobs.AuditFileUploaded.Disabled", "true", false)]
    [InlineData("AzureWebJobs.AuditFileUploaded.Disabled", "True", false)]
    [InlineData("AzureWebJobs.AuditFileUploaded.Disabled", "1", false)]
    [InlineData("AzureWebJobs_AuditFileUploaded_Disabled", "true", false)]
    [InlineData("AzureWebJobs.AuditFileUploaded.Disabled", "false", true)]
    [InlineData("AzureWebJobs.AuditFileUploaded.Disabled", "0", true)]
    [InlineData("AzureWebJobs.NotifyFileUploaded.Disabled", "true", true)]
    [InlineData("AzureFunctionsJobHost:functions:0", "AuditFileDeleted", false)]
    [InlineData("AzureFunctionsJobHost:functions:0", "auditfileuploaded", true)]
    public void A_pair_is_enabled_as_the_host_reads_the_settings_of_its_function(string name, string value, bool isEnabled)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();

        Assert.Equal(isEnabled, new EnabledPairs(configuration).TypesOf("audit").Contains(EventTypes.FileUploaded));
    }

    [Fact]
    public void Without_settings_all_pairs_are_enabled()
    {
        var pairs = new EnabledPairs(new ConfigurationBuilder().Build());

        Assert.All(Subscriptions.Consumers, consumer => Assert.Equal(Subscriptions.TypesOf(consumer), pairs.TypesOf(consumer)));
    }

    [Fact]
    public async Task Each_app_recovers_the_pairs_that_it_has_enabled_and_no_other()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, WithoutUploads);
        DomainEvent uploaded = await harness.UploadAsync(user);
        DomainEvent deleted = await harness.CommitAsync(user, new FileDeleted("f", "a", 2, user));

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count > 0);
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        Assert.Equal([deleted.Id], await harness.AuditedAsync(user));
        Assert.DoesNotContain(EventTypes.FileUploaded, (await StatesAsync(harness, "audit")).Keys);
        Assert.Null(await harness.GroupAsync("audit"));

        // Another app on the same servers. It has no function of the other consumers.
        await using DeliveryHarness another = await harness.StartAnotherAsync(TimeProvider.System, OnlyUploads);
        IReadOnlyDictionary<string, PairState> before = await StatesAsync(harness, "audit");
        await another.RecoverUntilAsync(async () => (await another.AuditedAsync(user)).Count == 2);
        Assert.Equal(new[] { uploaded.Id, deleted.Id }.Order(), (await harness.AuditedAsync(user)).Order());
        IReadOnlyDictionary<string, PairState> after = await StatesAsync(harness, "audit");
        Assert.All(before.Keys.Where(type => type != EventTypes.FileUploaded), type => Assert.Equal(before[type].ETag, after[type].ETag));
        Assert.Equal(1, another.Consumers["audit"].Handled);
    }

    [Fact]
    public async Task Apps_with_different_pairs_finish_a_replay_together()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, WithoutUploads);
        await using DeliveryHarness another = await harness.StartAnotherAsync(TimeProvider.System, OnlyUploads);
        await harness.UploadAsync(user);
        await harness.CommitAsync(user, new FileDeleted("f", "a", 2, user));
        await harness.LogAsync(2);
        foreach (DeliveryHarness app in new[] { harness, another })
        {
            await app.Recovery("audit").RecoverAsync(CancellationToken.None);
        }

        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        Assert.Equal(1, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 10, CancellationToken.None));
        await another.Recovery("audit").RecoverAsync(CancellationToken.None);

        Assert.Equal(0, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 10, CancellationToken.None));
        Assert.Equal(2, (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!.Matched);
        Assert.Equal([2, 2], [harness.Consumers["audit"].Handled, another.Consumers["audit"].Handled]);
    }

    [Fact]
    public async Task A_pair_that_did_not_run_when_Redis_lost_its_state_learns_of_it_from_the_relay()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.LogAsync(1);
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        int jobs = await harness.CountReplaysAsync();
        // Redis comes back with an old file, and the consumer's own epochs and groups look right.
        long old = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeMilliseconds();
        await harness.Database.HashSetAsync(EventKeys.EpochsOf(PairStates.Relay), PairStates.Relay, old);
        await harness.Database.KeyDeleteAsync([$"{{user:{user}}}:inbox:entries", $"{{user:{user}}}:inbox:seen"]);

        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
        Assert.Equal(new RelayLoss(1, old), Assert.Single((await harness.Get<PairStates>().ReadRelayAsync(CancellationToken.None))!.Reached));
        await Eventually.UntilAsync(async () =>
        {
            await harness.Recovery("notifications").RecoverAsync(CancellationToken.None);
            return (await harness.NotifiedAsync(user, rebuild: false)).Contains(uploaded.Id);
        });

        await harness.Recovery("notifications").RecoverAsync(CancellationToken.None);
        Assert.Equal(jobs + 2, await harness.CountReplaysAsync());
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(old) - ConsumerRecovery.MaxClockDifference, (await ReplaysAsync(harness)).Min(job => job.GetDateTimeOffset("From")));
    }

    [Fact]
    public async Task A_pair_that_has_not_run_for_an_hour_is_released_holds_up_nothing_and_replays_when_it_runs_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalRetention", "00:00:00.5"), ("Delivery:Consumers", "audit"));
        List<string> ids = [(await harness.UploadAsync(user, "0")).Id];
        await harness.LogAsync(1);
        JournalTrimmer trimmer = harness.Get<JournalTrimmer>();
        await trimmer.TrimAsync(CancellationToken.None);
        Assert.Equal(1, await LengthAsync(harness));

        // Nothing is trimmed unless storage knows that the pair is released.
        trimmer.ReleaseAfter = TimeSpan.FromSeconds(0.1);
        harness.Storage.Fault = request => StorageProxy.IsTransaction(request) && StorageProxy.Concerns(request, "Consumers") ? ProxyFault.Refuse : ProxyFault.None;
        await Assert.ThrowsAnyAsync<Exception>(() => trimmer.TrimAsync(CancellationToken.None));
        Assert.Equal(1, await LengthAsync(harness));
        harness.Storage.Fault = _ => ProxyFault.None;
        await trimmer.TrimAsync(CancellationToken.None);
        Assert.Equal(0, await LengthAsync(harness));
        Assert.Equal([EventTypes.FileUploaded], (await StatesAsync(harness, "audit")).Values.Where(pair => pair.IsReleased).Select(pair => pair.Type));

        // It holds up nothing from then on, although its row is new.
        trimmer.ReleaseAfter = TimeSpan.FromHours(1);
        ids.Add((await harness.UploadAsync(user, "1")).Id);
        await harness.LogAsync(2);
        await trimmer.TrimAsync(CancellationToken.None);
        Assert.Equal(0, await LengthAsync(harness));

        await Eventually.UntilAsync(async () =>
        {
            await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
            return (await harness.AuditedAsync(user)).Count == 2;
        });
        Assert.Equal(ids.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.DoesNotContain((await StatesAsync(harness, "audit")).Values, pair => pair.IsReleased);
        int jobs = await harness.CountReplaysAsync();
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        Assert.Equal(jobs, await harness.CountReplaysAsync());
    }

    [Fact]
    public async Task A_pair_that_runs_while_the_trimmer_releases_it_keeps_its_entries()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalRetention", "00:00:00.5"), ("Delivery:Consumers", "audit"));
        await harness.UploadAsync(user);
        await harness.LogAsync(1);
        JournalTrimmer trimmer = harness.Get<JournalTrimmer>();
        trimmer.ReleaseAfter = TimeSpan.FromSeconds(0.1);
        // A tick writes the state of the pair between the look of the trimmer and its write.
        PairState pair = (await StatesAsync(harness, "audit"))[EventTypes.FileUploaded];
        harness.Storage.Fault = request =>
        {
            if (StorageProxy.IsTransaction(request) && StorageProxy.Concerns(request, "Consumers"))
            {
                harness.Storage.Fault = _ => ProxyFault.None;
                new TableClient(harness.Account, "Consumers").UpdateEntity(new TableEntity("audit", pair.Type), Azure.ETag.All, TableUpdateMode.Merge);
            }

            return ProxyFault.None;
        };

        await trimmer.TrimAsync(CancellationToken.None);

        Assert.Equal(1, await LengthAsync(harness));
        Assert.DoesNotContain((await StatesAsync(harness, "audit")).Values, each => each.IsReleased);
    }

    [Fact]
    public async Task A_start_on_the_data_of_an_earlier_version_audits_every_event_after_its_last_tick_once()
    {
        DateTimeOffset tick = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow.AddHours(-3));
        await using DeliveryHarness servers = await DeliveryHarness.StartAsync();
        foreach (string consumer in Subscriptions.Consumers)
        {
            await DeleteStatesAsync(servers, consumer);
        }

        await Assert.Single(servers.Multiplexer.GetServers()).FlushDatabaseAsync();
        var earlier = new EarlierLayout(servers.Account, servers.Database, user);
        // The log begins long before the tick. Nobody replays that part.
        await earlier.AddEventAsync(EventTypes.FileUploaded, tick.AddHours(-5));
        string overlapping = await earlier.AddEventAsync(EventTypes.FileUploaded, tick.AddHours(-1), isAudited: true);
        string[] after =
        [
            await earlier.AddEventAsync(EventTypes.FileUploaded, tick.AddMinutes(1), isAudited: true),
            await earlier.AddEventAsync(EventTypes.FileUploaded, tick.AddMinutes(2)),
            await earlier.AddEventAsync(EventTypes.FileUpdated, tick.AddMinutes(2)),
            await earlier.AddEventAsync(EventTypes.FileDeleted, tick.AddHours(1)),
            await earlier.AddEventAsync(EventTypes.FileUpdated, tick.AddHours(2), isLogged: false),
            await earlier.AddEventAsync(EventTypes.FileUploaded, tick.AddHours(3), isLogged: false),
        ];
        await earlier.AddTickAsync(tick);

        await using DeliveryHarness app = await servers.StartAnotherAsync(TimeProvider.System);
        await app.RecoverUntilAsync(async () => await app.IsCaughtUpAsync() && (await app.AuditedAsync(user)).Count > after.Length);

        string[] expected = [overlapping, .. after];
        Assert.Equal(expected.Order(), (await app.AuditedAsync(user)).Order());
        TableEntity[] jobs = [.. (await ReplaysAsync(app)).Where(job => job.PartitionKey == "audit").OrderBy(job => job.GetDateTimeOffset("From"))];
        Assert.Equal(
            [tick - ConsumerRecovery.MaxClockDifference, tick - TimeSpan.FromMinutes(1)],
            jobs.Select(job => job.GetDateTimeOffset("From")!.Value));
        Assert.Equal(Subscriptions.TypesOf("audit").Order(), (await StatesAsync(app, "audit")).Keys.Order());

        // The relay goes on with the outbox and trims the journals of today. That of the earlier version is gone.
        await Eventually.UntilAsync(async () =>
        {
            await app.TickRelayAsync();
            return await LengthAsync(app) > 0;
        });
        await app.RecoverUntilAsync(app.IsCaughtUpAsync);
        Assert.Equal(expected.Order(), (await app.AuditedAsync(user)).Order());
        Assert.False(await app.Database.KeyExistsAsync(EventKeys.EarlierJournal));
    }

    [Fact]
    public async Task A_new_pair_takes_what_its_journal_holds_and_replays_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent before = await harness.UploadAsync(user, "before");
        await harness.LogAsync(1);
        await harness.Database.KeyDeleteAsync(DeliveryHarness.Uploads);
        DomainEvent held = await harness.UploadAsync(user, "held");
        await DeleteStatesAsync(harness, "audit");
        await harness.Database.KeyDeleteAsync(EventKeys.EpochsOf("audit"));

        await Eventually.UntilAsync(async () =>
        {
            await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
            return (await harness.AuditedAsync(user)).Count > 0;
        });

        Assert.Equal([held.Id], await harness.AuditedAsync(user));
        Assert.Equal(0, await harness.CountReplaysAsync());
        Assert.NotEqual(before.Id, held.Id);
    }

    [Fact]
    public async Task A_journal_of_a_wrong_type_holds_up_no_other_and_its_events_come_once_it_is_gone()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.Database.KeyDeleteAsync(Deletions);
        await harness.Database.StringSetAsync(Deletions, "not a stream");
        DomainEvent deleted = await harness.CommitAsync(user, new FileDeleted("f", "a", 2, user));
        DomainEvent rung = await harness.UploadAsync(user, "rung");
        await harness.HandleAsync("audit", rung);
        Assert.Equal([rung.Id], await harness.AuditedAsync(user));
        DomainEvent silent = await harness.UploadAsync(user, "silent");

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 2 && (await harness.NotifiedAsync(user, rebuild: false)).Count == 2);
        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);
        Assert.Equal(new[] { rung.Id, silent.Id }.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.All(await ConsumersAsync(harness), consumer => Assert.Equal(Subscriptions.TypesOf(consumer.Name), consumer.Pairs.Select(pair => pair.Type)));

        await harness.Database.KeyDeleteAsync(Deletions);
        await harness.RecoverUntilAsync(async () =>
        {
            await Record.ExceptionAsync(() => harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None));
            return (await harness.AuditedAsync(user)).Contains(deleted.Id);
        });
    }

    [Fact]
    public async Task A_journal_is_trimmed_by_what_its_own_pairs_need_and_a_pair_that_runs_nowhere_holds_up_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(
            null, ("Delivery:JournalRetention", "00:01:00"), ("Delivery:Consumers", "audit,notifications"), ("AzureWebJobs.NotifyFileUploaded.Disabled", "true"));
        foreach (RedisKey journal in new[] { DeliveryHarness.Uploads, Deletions })
        {
            for (int entry = 1; entry <= 3; entry++)
            {
                await harness.Database.StreamAddAsync(journal, "event", "{}", $"{entry}000-0");
            }
        }

        // Audit has read one deletion and all uploads, which nobody else takes.
        await AcknowledgeAsync(harness, Deletions, "audit", 1);
        await AcknowledgeAsync(harness, Deletions, "notifications", 3);
        await AcknowledgeAsync(harness, DeliveryHarness.Uploads, "audit", 3);

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);

        Assert.Equal((0L, 2L), (await LengthAsync(harness), await harness.Database.StreamLengthAsync(Deletions)));
    }

    [Fact]
    public async Task The_bound_of_the_journals_holds_for_all_together_and_only_pairs_that_run_replay_what_is_cut()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(
            null, ("Delivery:JournalMaxLength", "1000"), ("Delivery:Consumers", "audit"), ("AzureWebJobs.AuditFileDeleted.Disabled", "true"));
        foreach (RedisKey journal in new[] { DeliveryHarness.Uploads, Deletions })
        {
            IBatch batch = harness.Database.CreateBatch();
            Task[] adds = [.. Enumerable.Range(0, 600).Select(_ => batch.StreamAddAsync(journal, "event", "{}"))];
            batch.Execute();
            await Task.WhenAll(adds);
        }

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);

        Assert.Equal((450L, 450L), (await LengthAsync(harness), await harness.Database.StreamLengthAsync(Deletions)));
        TableEntity job = Assert.Single(await ReplaysAsync(harness));
        Assert.Equal("journal-trimmed", job.GetString("Reason"));
        ReplayJob stored = (await harness.Get<ReplayJobs>().FindAsync(job.RowKey, CancellationToken.None))!;
        Assert.Equal([EventTypes.FileUploaded], stored.Types);
        Assert.InRange(stored.From, DateTimeOffset.UtcNow.AddHours(-4), DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Operators_see_the_state_of_every_pair_even_of_one_that_is_enabled_nowhere()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(
            null, ("AzureWebJobs.AuditFileDeleted.Disabled", "true"), ("Delivery:HandlerDeadline", "01:00:00"));
        DomainEvent failing = await harness.UploadAsync(user, "failing");
        harness.Consumers["audit"].Before = (handled, token) =>
            handled.Id == failing.Id ? throw new InvalidOperationException("not this time") : Task.Delay(Timeout.Infinite, token);
        await harness.FailAsync("audit", failing);
        await harness.DeliverAsync("audit", await harness.UploadAsync(user, "hanging"));
        await harness.UploadAsync(user, "unread");
        await harness.CommitAsync(user, new FileDeleted("f", "a", 2, user));

        ConsumerResponse audit = (await ConsumersAsync(harness)).Single(consumer => consumer.Name == "audit");

        PairResponse uploads = audit.Pairs.Single(pair => pair.Type == EventTypes.FileUploaded);
        PairResponse deletions = audit.Pairs.Single(pair => pair.Type == EventTypes.FileDeleted);
        Assert.Equal((1L, 1L, 1L), (uploads.Unread, uploads.InFlight, uploads.Failed));
        Assert.Equal((1L, 0L, 0L), (deletions.Unread, deletions.InFlight, deletions.Failed));
        Assert.Equal(GroupStatus.TimeOf((await harness.Database.StreamRangeAsync(DeliveryHarness.Uploads))[0].Id), uploads.OldestAt);
        Assert.InRange(uploads.LastTickAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Null(deletions.LastTickAt);
        Assert.Equal(4, audit.Pending);
        await harness.Get<JournalPumps>().StopAsync(CancellationToken.None);
    }

    private static async Task<IReadOnlyList<ConsumerResponse>> ConsumersAsync(DeliveryHarness harness)
    {
        IResult result = await ActivatorUtilities.CreateInstance<ConsumerFunctions>(harness.Get<IServiceProvider>())
            .List(new DefaultHttpContext().Request, CancellationToken.None);
        return Assert.IsType<JsonHttpResult<Page<ConsumerResponse>>>(result).Value!.Items;
    }

    private static async Task<IReadOnlyDictionary<string, PairState>> StatesAsync(DeliveryHarness harness, string consumer) =>
        (await harness.Get<PairStates>().ReadAsync(consumer, CancellationToken.None)).Pairs;

    // As if no version with a state for each pair had run.
    private static async Task DeleteStatesAsync(DeliveryHarness harness, string consumer)
    {
        var table = new TableClient(harness.Account, "Consumers");
        foreach (string type in (await StatesAsync(harness, consumer)).Keys)
        {
            await table.DeleteEntityAsync(consumer, type);
        }
    }

    private static Task<long> LengthAsync(DeliveryHarness harness) => harness.Database.StreamLengthAsync(DeliveryHarness.Uploads);

    private static async Task AcknowledgeAsync(DeliveryHarness harness, RedisKey journal, string consumer, int count)
    {
        StreamEntry[] entries = await harness.Database.StreamReadGroupAsync(journal, consumer, "reader", ">", count);
        await harness.Database.StreamAcknowledgeAsync(journal, consumer, [.. entries.Select(entry => entry.Id)]);
    }

    // The rows of the jobs, without those of their types.
    private static async Task<IReadOnlyList<TableEntity>> ReplaysAsync(DeliveryHarness harness)
    {
        List<TableEntity> jobs = [];
        await foreach (TableEntity row in new TableClient(harness.Account, "Replays").QueryAsync<TableEntity>())
        {
            if (!row.RowKey.Contains(':', StringComparison.Ordinal))
            {
                jobs.Add(row);
            }
        }

        return jobs;
    }
}
