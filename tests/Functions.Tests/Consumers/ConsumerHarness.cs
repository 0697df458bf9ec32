using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Tests.Timers;
using McpFunctions.TestServers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Consumers;

/// <summary>All services of the app without the Functions host, on real servers, and one registered consumer that can be made to fail.</summary>
public sealed class ConsumerHarness : IAsyncDisposable
{
    private readonly RedisServer redis;
    private readonly ServiceProvider services;
    private readonly PortFailure failure = new();

    private ConsumerHarness(RedisServer redis, string storage, string consumer)
    {
        this.redis = redis;
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["RedisConnection"] = redis.ConnectionString,
            ["AzureWebJobsStorage"] = storage,
            ["StorageTimeout"] = "00:01:00",
            ["Delivery:RelayAfter"] = "00:00:01",
            ["Auth:AdminUsername"] = "admin",
            ["Auth:AdminPassword"] = "local-only-password",
            ["Auth:SigningKeyId"] = "k1",
            ["Auth:SigningKeys:k1"] = Convert.ToBase64String(new byte[32]),
        }).Build();
        IServiceCollection collection = new ServiceCollection()
            .AddLogging()
            .AddMetrics()
            .AddSingleton(configuration)
            .AddSingleton<IHostEnvironment>(new HostingEnvironment { EnvironmentName = Environments.Development })
            .AddSingleton<IHostApplicationLifetime, ApplicationLifetime>()
            .AddGateway(configuration);
        foreach (Type type in collection.Select(service => service.ServiceType).Where(type => type.IsClass && type.IsAssignableTo(typeof(IEventConsumer))).ToList())
        {
            collection.AddSingleton(type, provider => WithFailingPorts(provider, type));
        }

        Stores.UsePatientRedis(collection, redis.ConnectionString);
        services = collection.BuildServiceProvider();
        Consumer = services.GetServices<IEventConsumer>().Single(each => each.Name == consumer);
    }

    public IEventConsumer Consumer { get; }

    /// <summary>Whether the consumer fails at every event.</summary>
    public bool IsFailing { set => failure.IsOn = value; }

    public OperatorService Operators => services.GetRequiredService<OperatorService>();

    public ReplayJobs Replays => services.GetRequiredService<ReplayJobs>();

    public static async Task<ConsumerHarness> StartAsync(string consumer)
    {
        AzuriteServer azurite = (await TestContext.Current.GetFixture<Stores>())!.Azurite;
        var harness = new ConsumerHarness(await RedisServer.StartAsync(), azurite.WithNewAccount().ConnectionString, consumer);
        await Stores.PingAsync(harness.services.GetRequiredService<RedisConnection>());
        await Stores.PingAsync(harness.services.GetRequiredService<PumpRedis>().Connection);
        await harness.failure.LearnChecksAsync(harness.Consumer);
        return harness;
    }

    /// <summary>An event of the first type that the consumer takes, about a new user.</summary>
    public DomainEvent NewEvent()
    {
        string type = Subscriptions.TypesOf(Consumer.Name)[0];
        string user = Guid.NewGuid().ToString();
        DateTimeOffset now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow);
        var payload = new JsonObject(EventPayloads.ByType[type].Properties.Select(field => KeyValuePair.Create(field.Name, ValueOf(field, user, now))));
        var domainEvent = new DomainEvent
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Type = type,
            Timestamp = now,
            Payload = JsonSerializer.SerializeToElement(payload),
            Metadata = new EventMetadata { Service = EventMetadata.GatewayService, Version = EventMetadata.GatewayVersion, UserId = user },
        };
        Assert.True(EventParser.TryRead(EventParser.Write(domainEvent), out _, out string problem), problem);
        return domainEvent;
    }

    /// <summary>Commits an event as a feature does.</summary>
    public async Task<DomainEvent> PublishAsync()
    {
        DomainEvent published = NewEvent();
        Assert.Equal(PublishOutcome.Committed, await services.GetRequiredService<IEventPublisher>().PublishAsync(
            new Transaction(StateKeys.User(published.Metadata.UserId!)).Publish(published), CancellationToken.None));
        return published;
    }

    /// <summary>Asks for replays of an event as an operator does, and runs the timers, until a replay has found the event in the log.</summary>
    public async Task<ReplayJob> ReplayAsync(DomainEvent replayed)
    {
        string from = Timestamps.Format(replayed.Timestamp.AddMinutes(-1)), to = Timestamps.Format(replayed.Timestamp.AddMinutes(1));
        var timers = ActivatorUtilities.CreateInstance<DeliveryTimers>(services);
        ReplayJob? job = null;
        await Eventually.UntilAsync(async () =>
        {
            await TimerContext.RunAsync(() => timers.Relay(new TimerInfo(), CancellationToken.None));
            if (job is null or { Status: ReplayJobs.Done })
            {
                job = (await Operators.ReplayAsync(new Actor("operator", "test"), Consumer.Name, [replayed.Type], from, to, CancellationToken.None)).Value;
            }

            await services.GetRequiredKeyedService<ConsumerRecovery>(Consumer.Name).RecoverAsync(CancellationToken.None);
            job = await Replays.FindAsync(job.Id, CancellationToken.None);
            return job is { Status: ReplayJobs.Done, Matched: > 0 };
        });
        return job!;
    }

    /// <summary>Retries the dead letter of an event as an operator does.</summary>
    public async Task<RetryResponse> RetryAsync(DomainEvent failed) =>
        (await Operators.RetryAsync(new Actor("operator", "test"), Consumer.Name, failed.Id, CancellationToken.None)).Value;

    /// <summary>Takes everything from Redis, so that only storage has the events.</summary>
    public async Task EmptyRedisAsync()
    {
        await using ConnectionMultiplexer administrator = await Stores.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        await administrator.GetServer($"127.0.0.1:{redis.Port}").FlushAllDatabasesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await redis.DisposeAsync();
    }

    private object WithFailingPorts(IServiceProvider provider, Type consumer)
    {
        ParameterInfo[] needs = consumer.GetConstructors().Single().GetParameters();
        Assert.Contains(needs, need => need.ParameterType.IsInterface);
        return Activator.CreateInstance(consumer, [.. needs.Select(need => ServiceOf(provider, need.ParameterType))])!;
    }

    private object ServiceOf(IServiceProvider provider, Type type)
    {
        object service = provider.GetRequiredService(type);
        return type.IsInterface ? FailingPort.Before(type, service, failure) : service;
    }

    private static JsonNode? ValueOf(JsonPropertyInfo field, string user, DateTimeOffset now) =>
        (Nullable.GetUnderlyingType(field.PropertyType) ?? field.PropertyType) switch
        {
            var text when text == typeof(string) => user,
            var time when time == typeof(DateTimeOffset) => Timestamps.Format(now),
            var flag when flag == typeof(bool) => true,
            { IsPrimitive: true } => 1,
            _ => new JsonArray(),
        };
}
