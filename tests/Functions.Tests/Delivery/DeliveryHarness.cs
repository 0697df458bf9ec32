using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Orchestrator;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
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

    private DeliveryHarness(
        RedisServer redis, string account, StorageProxy storage, ServiceProvider services, ConnectionMultiplexer multiplexer, bool isOwner) =>
        (Redis, Account, Storage, this.services, Multiplexer, this.isOwner) = (redis, account, storage, services, multiplexer, isOwner);

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
        await using (ConnectionMultiplexer administrator = await ConnectionMultiplexer.ConnectAsync($"{replica.ConnectionString},allowAdmin=true"))
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
    public Task<DeliveryHarness> StartAnotherAsync(TimeProvider time) => StartAsync(Redis, Account, Storage, time, isOwner: false);

    private static async Task<DeliveryHarness> StartAsync(
        RedisServer redis, string account, StorageProxy storage, TimeProvider? time, bool isOwner, params (string Name, string Value)[] settings)
    {
        Dictionary<string, string?> values = new()
        {
            ["RedisConnection"] = redis.ConnectionString,
            ["AzureWebJobsStorage"] = storage.ConnectionString,
            ["StorageTimeout"] = "00:00:05",
            ["Delivery:RelayAfter"] = "00:00:01",
            ["Delivery:KeepOutboxEntriesFor"] = "00:00:02",
            ["Delivery:Grace"] = "00:00:01",
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
            .AddDelivery(configuration)
            .AddFiles(configuration)
            .AddAudit()
            .AddNotifications(configuration)
            .AddSingleton(new BootstrapAdministrator("admin", "", ""))
            .AddSingleton<UserDirectory>()
            .AddOrchestrator();
        // Without timers, a test may use shorter times than the validator allows.
        services.RemoveAll<IValidateOptions<DeliveryOptions>>();
        var harness = new DeliveryHarness(
            redis, account, storage, services.BuildServiceProvider(), await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true"), isOwner);
        harness.Consumers = harness.services.GetServices<IEventConsumer>().ToDictionary(consumer => consumer.Name, consumer => new FlakyConsumer(consumer));
        await harness.Get<RedisConnection>().RunAsync(database => database.PingAsync(), CancellationToken.None);
        return harness;
    }

    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    /// <summary>Recovery of a consumer in the given process, or in a new one.</summary>
    public ConsumerRecovery Recovery(string consumer, IsolationGate? process = null)
    {
        process ??= new IsolationGate();
        return ConsumerRecovery.Create(services, Consumers[consumer], process, Replays(process));
    }

    /// <summary>The replay runner of the given process, or of a new one.</summary>
    public ReplayRunner Replays(IsolationGate? process = null) => ActivatorUtilities.CreateInstance<ReplayRunner>(services, process ?? new IsolationGate());

    /// <summary>Runs one tick of the timer that relays and trims.</summary>
    public Task TickRelayAsync() => ActivatorUtilities.CreateInstance<DeliveryTimers>(services).Relay(new TimerInfo(), CancellationToken.None);

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
    public Task DeliverAsync(string consumer, DomainEvent domainEvent) => Get<EventDelivery>().DeliverAsync(
        Consumers[consumer],
        domainEvent.Type,
        JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["SubscriptionChannel"] = EventChannels.Of(domainEvent.Type),
            ["Channel"] = EventChannels.Of(domainEvent.Type),
            ["Message"] = Encoding.UTF8.GetString(EventParser.Write(domainEvent)),
        }),
        CancellationToken.None);

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
            if (await new JournalGroup(Get<RedisConnection>(), consumer).LagAsync(CancellationToken.None) is { OldestId.IsNull: false }
                || await Get<ReplayJobs>().NextAsync(consumer, CancellationToken.None) is not null)
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
            await Get<InboxRebuild>().EnsureAsync(user, CancellationToken.None);
        }

        return [.. (await Get<IInbox>().ReadAsync(user, 0, 100_000, TimeSpan.Zero, CancellationToken.None)).Select(notification => notification.EventId)];
    }

    /// <summary>The names of the files in a user's context, as a reader of the route sees them.</summary>
    public async Task<IReadOnlyList<string?>> ContextAsync(string user, bool rebuild = true)
    {
        if (rebuild)
        {
            await Get<ContextRebuild>().EnsureAsync(user, CancellationToken.None);
        }

        return [.. OrchestratorContext.Of(user, await Get<IContextStore>().ReadAsync(user, CancellationToken.None)).Files.Select(file => file.Filename)];
    }

    public async Task<int> CountAsync(string table)
    {
        int count = 0;
        await foreach (TableEntity unused in new TableClient(Account, table).QueryAsync<TableEntity>())
        {
            count++;
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
