using System.Diagnostics;
using System.Security.Cryptography;
using Azure.Data.Tables;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;
using EventLog = McpFunctions.Functions.Storage.EventLog;

namespace McpFunctions.Bench.Recovery;

/// <summary>The app's own services on a real Redis and a real Azurite. Nothing runs by itself, so there is no fast path.</summary>
internal sealed class Workbench : IAsyncDisposable
{
    private const int BatchSize = 100;
    private const int Users = 20;

    private readonly RedisServer redis;
    private readonly AzuriteServer azurite;
    private readonly ServiceProvider services;
    private readonly DateTimeOffset started = DateTimeOffset.UtcNow;

    /// <summary>Makes the services.</summary>
    /// <param name="redis">An empty Redis.</param>
    /// <param name="azurite">An empty account of storage.</param>
    public Workbench(RedisServer redis, AzuriteServer azurite) =>
        (this.redis, this.azurite, services) = (redis, azurite, ServicesOn(redis.ConnectionString, azurite.ConnectionString));

    public IReadOnlyList<IEventConsumer> Consumers => [.. services.GetServices<IEventConsumer>()];

    /// <summary>The app's services on a Redis and a storage account.</summary>
    public static ServiceProvider ServicesOn(string redis, string storage)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["RedisConnection"] = redis,
            ["AzureWebJobsStorage"] = storage,
        }).Build();
        return new ServiceCollection()
            .AddLogging()
            .AddMetrics()
            .AddSingleton(configuration)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<IHostApplicationLifetime>(_ => throw new InvalidOperationException("The benchmark has no host."))
            .AddConnections(configuration)
            .AddDelivery(configuration)
            .AddFiles(configuration)
            .AddAudit()
            .AddStreams(configuration)
            .AddNotifications(configuration)
            .AddSingleton(new BootstrapAdministrator("admin", () => ("", "")))
            .AddSingleton<UserDirectory>()
            .AddOrchestrator()
            .BuildServiceProvider();
    }

    /// <summary>Measures how fast storage inserts rows like the audit log's.</summary>
    public async Task<TimeSpan> InsertRowsAsync(int count)
    {
        var table = new TableClient(azurite.ConnectionString, "Raw");
        await table.CreateAsync();
        byte[] entry = RandomNumberGenerator.GetBytes(900);
        TableEntity[] rows = [.. Enumerable.Range(0, count).Select(number => new TableEntity("2026010100", $"{number:D19}-{Guid.NewGuid()}")
        {
            ["Type"] = EventTypes.FileUpdated,
            ["UserId"] = Guid.NewGuid().ToString(),
            ["ResourceId"] = Guid.NewGuid().ToString(),
            ["Entry"] = entry,
        })];
        var elapsed = Stopwatch.StartNew();
        await Parallel.ForEachAsync(rows.Chunk(BatchSize), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (batch, token) =>
            await table.SubmitTransactionAsync(batch.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)), token));

        return elapsed.Elapsed;
    }

    /// <summary>Measures how fast Redis runs a trivial script.</summary>
    public async Task<TimeSpan> EvaluateAsync(int count)
    {
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        IDatabase database = multiplexer.GetDatabase();
        byte[] value = RandomNumberGenerator.GetBytes(900);
        var elapsed = Stopwatch.StartNew();
        for (int number = 0; number < count; number += BatchSize)
        {
            await Task.WhenAll(Enumerable.Range(number, Math.Min(BatchSize, count - number)).Select(each => database.ScriptEvaluateAsync(
                "return redis.call('SET', KEYS[1], ARGV[1])", [$"raw:{each % 1_000}"], [value])));
        }

        return elapsed.Elapsed;
    }

    /// <summary>Writes events to the same places as the publisher and the relay.</summary>
    public async Task MakeEventsAsync(int count)
    {
        TableClient gateway = await services.GetRequiredService<StorageTables>().GetAsync(StorageTables.Gateway, CancellationToken.None);
        foreach (int[] numbers in Enumerable.Range(0, count).Chunk(BatchSize))
        {
            string user = $"bench-{numbers[0] / BatchSize % Users}";
            string partition = StateKeys.User(user);
            DomainEvent[] events = [.. numbers.Select(number => DomainEvent.Create(
                new FileUploaded(Guid.CreateVersion7().ToString(), $"{number}.txt", 1, "text/plain", "s", 1, user), DateTimeOffset.UtcNow, user, null))];
            await gateway.SubmitTransactionAsync(events.Select(domainEvent => new TableTransactionAction(
                TableTransactionActionType.Add,
                new TableEntity(partition, $"event:{domainEvent.Id}") { ["Kind"] = "event", ["Body"] = EventParser.Write(domainEvent) })));
            await services.GetRequiredService<EventLog>().AppendAsync(
                events.Select(domainEvent => new LogEntry(domainEvent.Id, domainEvent.Type, partition, domainEvent.Timestamp)), CancellationToken.None);
            await services.GetRequiredService<RedisJournal>().PublishAsync(events, CancellationToken.None);
        }
    }

    /// <summary>Runs a consumer's recovery until the journal has no events left for it.</summary>
    public async Task<TimeSpan> DrainAsync(IEventConsumer consumer)
    {
        ConsumerRecovery recovery = services.GetRequiredKeyedService<ConsumerRecovery>(consumer.Name);
        RedisJournal journal = services.GetRequiredService<RedisJournal>();
        var elapsed = Stopwatch.StartNew();
        do
        {
            await recovery.RecoverAsync(CancellationToken.None);
        }
        while ((await journal.StatusAsync([EventTypes.FileUploaded], CancellationToken.None)).Group(consumer.Name, EventTypes.FileUploaded) is not { Oldest.IsNull: true });
        return elapsed.Elapsed;
    }

    /// <summary>Replays all events to a consumer.</summary>
    public async Task<(TimeSpan Elapsed, ReplayJob Job)> ReplayAsync(IEventConsumer consumer)
    {
        ReplayJobs jobs = services.GetRequiredService<ReplayJobs>();
        ReplayJob job = await jobs.AddAsync(consumer.Name, null, started.AddHours(-1), started.AddHours(1), "bench", CancellationToken.None);
        var elapsed = Stopwatch.StartNew();
        await services.GetRequiredService<ReplayRunner>().RunAsync(consumer, Subscriptions.TypesOf(consumer.Name), TimeSpan.MaxValue, CancellationToken.None);
        return (elapsed.Elapsed, (await jobs.FindAsync(job.Id, CancellationToken.None))!);
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
