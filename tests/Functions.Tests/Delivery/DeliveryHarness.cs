using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Orchestrator;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Tests.Timers;
using McpFunctions.Functions.WebPubSub;
using McpFunctions.TestServers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>
/// The app's services without the Functions host, on a Redis and a storage account of the test's own. Only the test delivers
/// events and runs timers.
/// </summary>
public sealed class DeliveryHarness : IAsyncDisposable
{
    private readonly ServiceProvider services;
    private readonly bool isOwner;
    private readonly HarnessProcess own;

    private DeliveryHarness(
        RedisServer redis, string account, StorageProxy storage, ServiceProvider services, ConnectionMultiplexer multiplexer, bool isOwner) =>
        (Redis, Account, Storage, this.services, Multiplexer, this.isOwner, own) =
        (redis, account, storage, services, multiplexer, isOwner, new HarnessProcess(services, services.GetRequiredService<JournalPumps>(), services.GetRequiredService<GatewayInstance>()));

    /// <summary>The journal of uploads.</summary>
    public static readonly RedisKey Uploads = EventKeys.JournalOf(EventTypes.FileUploaded);

    public RedisServer Redis { get; }

    /// <summary>The connection string of the storage account, without the proxy.</summary>
    public string Account { get; }

    public StorageProxy Storage { get; }

    public ConnectionMultiplexer Multiplexer { get; }

    public IDatabase Database => Multiplexer.GetDatabase();

    public FileService Files => Get<FileService>();

    /// <summary>The consumers by name. A test can make each of them fail.</summary>
    public IReadOnlyDictionary<string, FlakyConsumer> Consumers { get; private set; } = null!;

    public static async Task<DeliveryHarness> StartAsync(TimeProvider? time = null, params (string Name, string Value)[] settings)
    {
        RedisServer redis = await RedisServer.StartAsync();
        AzuriteServer azurite = (await TestContext.Current.GetFixture<Stores>())!.Azurite;
        string account = azurite.NewAccount();
        StorageProxy storage = await StorageProxy.StartAsync(azurite, account);
        return await StartAsync(redis, AzuriteServer.ConnectionStringFor(azurite.Ports, account), storage, time, isOwner: true, settings);
    }

    /// <summary>Starts the app on a Redis with a replica. The app knows both addresses.</summary>
    public static async Task<DeliveryHarness> StartWithReplicaAsync(RedisServer replica)
    {
        RedisServer redis = await RedisServer.StartAsync();
        await using (ConnectionMultiplexer administrator = await Stores.ConnectAsync($"{replica.ConnectionString},allowAdmin=true"))
        {
            await administrator.GetDatabase().ExecuteAsync("REPLICAOF", "127.0.0.1", $"{redis.Port}");
            await Eventually.UntilAsync(async () => $"{await administrator.GetDatabase().ExecuteAsync("INFO", "replication")}".Contains("master_link_status:up", StringComparison.Ordinal));
        }

        AzuriteServer azurite = (await TestContext.Current.GetFixture<Stores>())!.Azurite;
        string account = azurite.NewAccount();
        return await StartAsync(
            redis,
            AzuriteServer.ConnectionStringFor(azurite.Ports, account),
            await StorageProxy.StartAsync(azurite, account),
            null,
            isOwner: true,
            ("RedisConnection", $"127.0.0.1:{redis.Port},127.0.0.1:{replica.Port},abortConnect=false"));
    }

    /// <summary>Starts a second instance of the app on the same servers.</summary>
    public Task<DeliveryHarness> StartAnotherAsync(TimeProvider time, params (string Name, string Value)[] settings) =>
        StartAsync(Redis, Account, Storage, time, isOwner: false, settings);

    private static async Task<DeliveryHarness> StartAsync(
        RedisServer redis, string account, StorageProxy storage, TimeProvider? time, bool isOwner, params (string Name, string Value)[] settings)
    {
        Dictionary<string, string?> values = new()
        {
            ["RedisConnection"] = redis.ConnectionString,
            ["AzureWebJobsStorage"] = storage.ConnectionString,
            // A slow machine must not look like an outage.
            ["StorageTimeout"] = "00:01:00",
            ["Delivery:HandlerDeadline"] = "00:10:00",
            ["Delivery:TickDeadline"] = "00:30:00",
            ["Delivery:RelayAfter"] = "00:00:01",
            ["Delivery:KeepOutboxEntriesFor"] = "00:00:02",
        };
        foreach ((string name, string value) in settings)
        {
            values[name] = value;
        }

        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        IServiceCollection services = new ServiceCollection()
            .AddLogging()
            .AddMetrics()
            .AddSingleton(configuration)
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton<IHostApplicationLifetime>(_ => throw new InvalidOperationException("There is no host here."))
            .AddConnections(configuration)
            .AddDelivery(configuration)
            .AddFiles(configuration)
            .AddAudit()
            .AddStreams(configuration)
            .AddOperations()
            .AddNotifications(configuration)
            .AddSingleton(new BootstrapAdministrator("admin", () => ("", "")))
            .AddSingleton<UserDirectory>()
            .AddOrchestrator();
        // Without timers, a test may use shorter times than the validator allows.
        services.RemoveAll<IValidateOptions<DeliveryOptions>>();
        Stores.UsePatientRedis(services, values["RedisConnection"]!);
        var harness = new DeliveryHarness(
            redis, account, storage, services.BuildServiceProvider(), await Stores.ConnectAsync($"{redis.ConnectionString},allowAdmin=true"), isOwner);
        harness.Consumers = harness.services.GetServices<IEventConsumer>().ToDictionary(consumer => consumer.Name, consumer => new FlakyConsumer(consumer));
        harness.Get<WebPubSubService>().Timeout = Stores.CallTimeout;
        await Stores.PingAsync(harness.Get<RedisConnection>());
        await Stores.PingAsync(harness.Get<PumpRedis>().Connection);
        // A doorbell reads nothing before the first tick has made the groups.
        foreach (string consumer in harness.Consumers.Keys)
        {
            await Eventually.UntilAsync(async () =>
            {
                await harness.Recovery(consumer).RecoverAsync(CancellationToken.None);
                IReadOnlyList<string> types = harness.Get<EnabledPairs>().TypesOf(consumer);
                JournalStatus status = await harness.Get<RedisJournal>().StatusAsync(types, CancellationToken.None);
                return types.All(type => status.Group(consumer, type) is not null);
            });
        }

        return harness;
    }

    /// <summary>Starts the reader of live streams, which the host starts in the app.</summary>
    public async Task<EventFeed> StartFeedAsync()
    {
        if (Get<EventFeed>() is { ExecuteTask: null } feed)
        {
            await feed.StartAsync(CancellationToken.None);
        }

        return Get<EventFeed>();
    }

    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    /// <summary>A further process of the app on the same servers. Nobody signs for it, so for the others it is dead.</summary>
    public HarnessProcess NewProcess() => new(services);

    /// <summary>Recovery of a consumer in a process; that of the harness unless given.</summary>
    public ConsumerRecovery Recovery(string consumer, HarnessProcess? process = null) => (process ?? own).Recovery(Consumers[consumer]);

    /// <summary>The replay runner of a process; of a new one unless given.</summary>
    public ReplayRunner Replays(HarnessProcess? process = null) => (process ?? NewProcess()).Replays;

    /// <summary>Lets all waits of a consumer's pending entries end: those between attempts, and those for an instance that is gone.</summary>
    public async Task EndWaitsAsync(string consumer)
    {
        foreach (string type in Subscriptions.TypesOf(consumer))
        {
            await Database.ScriptEvaluateAsync(
                """
                if redis.call('EXISTS', KEYS[1]) == 1 then
                  for _, entry in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 10000)) do
                    -- XCLAIM would drop an entry that the journal no longer has.
                    if #redis.call('XRANGE', KEYS[1], entry[1], entry[1]) > 0 then
                      redis.call('XCLAIM', KEYS[1], ARGV[1], entry[2], 0, entry[1], 'IDLE', 3600000, 'RETRYCOUNT', entry[4], 'JUSTID')
                    end
                  end
                end
                """,
                [EventKeys.JournalOf(type)],
                [consumer]);
        }
    }

    /// <summary>The pending entries of a consumer in the journal of uploads.</summary>
    public async Task<StreamPendingMessageInfo[]> PendingAsync(string consumer, string type = EventTypes.FileUploaded) =>
        await Database.StreamPendingMessagesAsync(EventKeys.JournalOf(type), consumer, 1_000, RedisValue.Null);

    /// <summary>The state of a consumer's group in the journal of a type; null if there is none.</summary>
    public async Task<GroupStatus?> GroupAsync(string consumer, string type = EventTypes.FileUploaded) =>
        (await Get<RedisJournal>().StatusAsync([type], CancellationToken.None)).Group(consumer, type);

    /// <summary>Adds entries to the journal of uploads that no message has announced.</summary>
    public async Task AddToJournalAsync(IEnumerable<DomainEvent> events)
    {
        IBatch batch = Database.CreateBatch();
        Task[] adds = [.. events.Select(each => batch.StreamAddAsync(Uploads, "event", EventParser.Write(each)))];
        batch.Execute();
        await Task.WhenAll(adds);
    }

    /// <summary>Commits an event without state, and does not deliver it.</summary>
    public async Task<DomainEvent> CommitAsync<T>(string user, T payload, TimeSpan age = default)
        where T : IEventPayload
    {
        DomainEvent committed = DomainEvent.Create(payload, Timestamps.ToMilliseconds(Get<TimeProvider>().GetUtcNow() - age), user, null);
        Assert.Equal(
            PublishOutcome.Committed,
            await Get<IEventPublisher>().PublishAsync(new Transaction(StateKeys.User(user)).Publish(committed), CancellationToken.None));
        return committed;
    }

    /// <summary>Runs the relay until the event log has so many rows.</summary>
    public Task LogAsync(int rows) => Eventually.UntilAsync(async () =>
    {
        await Get<OutboxRelay>().RelayAsync(CancellationToken.None);
        return await CountAsync("Log") == rows;
    });

    /// <summary>Works on a consumer's replays until they are done, in an app that has enabled the types, or all.</summary>
    public Task<bool> ReplayAsync(string consumer, ReplayRunner? runner = null, IReadOnlyCollection<string>? types = null, CancellationToken cancellationToken = default) =>
        (runner ?? Get<ReplayRunner>()).RunAsync(Consumers[consumer], types ?? Subscriptions.TypesOf(consumer), TimeSpan.MaxValue, cancellationToken);

    /// <summary>Runs one tick of the timer that relays and trims.</summary>
    public Task TickRelayAsync() => TimerContext.RunAsync(() => ActivatorUtilities.CreateInstance<DeliveryTimers>(services).Relay(new TimerInfo(), CancellationToken.None));

    /// <summary>Runs recovery ticks of every consumer until a condition holds.</summary>
    public async Task RecoverUntilAsync(Func<Task<bool>> condition, TimeSpan? deadline = null)
    {
        ConsumerRecovery[] recoveries = [.. Consumers.Keys.Select(consumer => Recovery(consumer))];
        await Eventually.UntilAsync(
            async () =>
            {
                foreach (ConsumerRecovery recovery in recoveries)
                {
                    await recovery.RecoverAsync(CancellationToken.None);
                }

                return await condition();
            },
            deadline);
    }

    /// <summary>Delivers an event to a consumer, as the Redis trigger does.</summary>
    public Task DeliverAsync(string consumer, DomainEvent domainEvent) => own.DeliverAsync(Consumers[consumer], domainEvent);

    /// <summary>Delivers an event to a consumer, and waits until it is handled, however long it takes.</summary>
    public async Task HandleAsync(string consumer, DomainEvent domainEvent)
    {
        await DeliverAsync(consumer, domainEvent);
        await IdleAsync(consumer, domainEvent.Type);
    }

    /// <summary>Delivers an event on which the consumer fails, and waits until its entry is handed back.</summary>
    public async Task FailAsync(string consumer, DomainEvent domainEvent)
    {
        // A delivery does not wait for a slow failure.
        Exception? failure = await Record.ExceptionAsync(() => HandleAsync(consumer, domainEvent));
        Assert.True(failure is null or EventFailedException, $"{failure}");
        await IdleAsync(consumer, domainEvent.Type);
        Assert.True(await GroupAsync(consumer, domainEvent.Type) is { Failed: > 0 });
    }

    /// <summary>Waits until the app has no entry of a pair in work.</summary>
    public Task IdleAsync(string consumer, string type = EventTypes.FileUploaded) =>
        own.Pumps.Of(Consumers[consumer], type).IdleAsync().WaitAsync(Eventually.DefaultDeadline);

    /// <summary>The upload event of another producer.</summary>
    public static DomainEvent Foreign(string user, string filename = "a.txt", DateTimeOffset? timestamp = null) =>
        DomainEvent.Create(new FileUploaded(filename, filename, 1, "text/plain", "s", 1, user), DateTimeOffset.UtcNow, user, null) with
        {
            Id = Guid.NewGuid().ToString(),
            Timestamp = Timestamps.ToMilliseconds(timestamp ?? DateTimeOffset.UtcNow),
        };

    /// <summary>Whether no consumer has work left in the journal or in a replay.</summary>
    public async Task<bool> IsCaughtUpAsync()
    {
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            JournalStatus status = await Get<RedisJournal>().StatusAsync(EventTypes.All, CancellationToken.None);
            if (Subscriptions.TypesOf(consumer).Any(type => status.Group(consumer, type) is not { Oldest.IsNull: true })
                || await Get<ReplayJobs>().CountOpenAsync(consumer, 1, CancellationToken.None) > 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Commits the upload of a file without content, and does not deliver its event.</summary>
    public async Task<DomainEvent> UploadAsync(string user, string filename = "a.txt")
    {
        DateTimeOffset now = Timestamps.ToMilliseconds(Get<TimeProvider>().GetUtcNow());
        var file = new FileRecord
        {
            Id = Guid.CreateVersion7().ToString(),
            Filename = filename,
            Size = 1,
            ContentType = "text/plain",
            Sha256 = "s",
            Version = 1,
            UploadedBy = user,
            CreatedAt = now,
            UpdatedAt = now,
        };
        DomainEvent uploaded = DomainEvent.Create(new FileUploaded(file.Id, filename, 1, "text/plain", "s", 1, user), now, user, null);
        PublishOutcome outcome = await Get<IEventPublisher>().PublishAsync(
            new Transaction(StateKeys.User(user)).Insert(FileKeys.Row(file.Id), new FileRow(file, "content")).Publish(uploaded), CancellationToken.None);
        Assert.Equal(PublishOutcome.Committed, outcome);
        return uploaded;
    }

    /// <summary>The ids of a user's events in the audit log, with duplicates.</summary>
    public async Task<IReadOnlyList<string>> AuditedAsync(string user)
    {
        List<string> ids = [];
        for (string? token = null; ;)
        {
            Domain.Page<AuditEntry> page = (await Get<IAuditLog>().ReadAsync(
                new AuditQuery { UserId = user }, new PageRequest(PageRequest.MaxLimit, token), CancellationToken.None)).Value;
            ids.AddRange(page.Items.Select(entry => entry.EventId));
            if ((token = page.ContinuationToken) is null)
            {
                return ids;
            }
        }
    }

    /// <summary>The ids of all events in a user's inbox, with duplicates, as a reader of the route sees them.</summary>
    public async Task<IReadOnlyList<string>> NotifiedAsync(string user, bool rebuild = true)
    {
        if (rebuild)
        {
            await RebuildAsync(() => Get<InboxRebuild>().EnsureAsync(user, CancellationToken.None));
        }

        return [.. (await Get<IInbox>().ReadAsync(user, 0, 100_000, TimeSpan.Zero, CancellationToken.None)).Select(notification => notification.EventId)];
    }

    /// <summary>The names of the files in a user's context, as a reader of the route sees them.</summary>
    public async Task<IReadOnlyList<string?>> ContextAsync(string user, bool rebuild = true)
    {
        if (rebuild)
        {
            await RebuildAsync(() => Get<ContextRebuild>().EnsureAsync(user, CancellationToken.None));
        }

        return [.. OrchestratorContext.Of(user, await Get<IContextStore>().ReadAsync(user, CancellationToken.None)).Files.Select(file => file.Filename)];
    }

    // On a slow machine, a rebuild can last longer than a reader waits for it.
    private static Task RebuildAsync(Func<Task> ensureAsync) => Eventually.UntilAsync(async () =>
    {
        await ensureAsync();
        return true;
    });

    public async Task<int> CountAsync(string table)
    {
        int count = 0;
        await foreach (TableEntity unused in new TableClient(Account, table).QueryAsync<TableEntity>())
        {
            count++;
        }

        return count;
    }

    /// <summary>The number of replay jobs, finished or not. Their types have rows of their own.</summary>
    public async Task<int> CountReplaysAsync()
    {
        int count = 0;
        await foreach (TableEntity row in new TableClient(Account, "Replays").QueryAsync<TableEntity>())
        {
            count += row.RowKey.Contains(':', StringComparison.Ordinal) ? 0 : 1;
        }

        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await Multiplexer.DisposeAsync();
        if (!isOwner)
        {
            return;
        }

        await Storage.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
