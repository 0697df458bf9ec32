using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Domain.Sessions;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Tests.Consumers;

public sealed class SubscriptionTests
{
    private static readonly Dictionary<string, string> s_verbs = new()
    {
        [Subscriptions.Audit] = "Audit",
        [Subscriptions.Notifications] = "Notify",
        [Subscriptions.Orchestrator] = "Orchestrate",
    };

    // All payload fields that name an entity or a user.
    private static readonly string[] s_fields = ["fileId", "commandId", "workflowId", "sessionId", "userId", "component"];

    [Fact]
    public void Every_pair_of_consumer_and_type_in_the_table_has_its_function_and_there_is_no_other() => Assert.Equal(
        Subscriptions.Consumers.SelectMany(consumer => Subscriptions.TypesOf(consumer).Select(type => (s_verbs[consumer] + NameOf(type), EventChannels.Of(type)))).Order(),
        Triggers().Order());

    [Fact]
    public void The_table_has_every_type_of_the_record_and_the_audit_log_takes_them_all()
    {
        Assert.Equal(17, EventTypes.All.Count);
        Assert.Equal(EventTypes.All, Subscriptions.TypesOf(Subscriptions.Audit));
        Assert.Empty(Subscriptions.ConsumersOf("file.copied"));
    }

    [Fact]
    public void A_consumer_knows_what_to_do_with_the_types_that_it_takes_and_with_no_other() => Assert.All(EventTypes.All, type =>
    {
        var payload = new JsonObject();
        foreach (string field in s_fields)
        {
            payload[field] = Guid.NewGuid().ToString();
        }

        var message = new DomainEvent
        {
            Id = Guid.NewGuid().ToString(),
            Type = type,
            Timestamp = DateTimeOffset.UtcNow,
            Payload = JsonSerializer.SerializeToElement(payload),
            Metadata = new EventMetadata { Service = "another-service", Version = "2.3.4", UserId = "somebody" },
        };
        Assert.Equal(Subscriptions.Takes(Subscriptions.Notifications, type), NotificationConsumer.Describe(message) is not null);
        Assert.Equal(Subscriptions.Takes(Subscriptions.Orchestrator, type), OrchestratorConsumer.Describe(message) is not null);
    });

    [Fact]
    public async Task Recovery_and_replays_hand_a_consumer_what_it_takes_and_nothing_else()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        FlakyConsumer orchestrator = harness.Consumers[Subscriptions.Orchestrator];
        List<string> handled = [];
        orchestrator.Before = (domainEvent, _) =>
        {
            lock (handled)
            {
                handled.Add(domainEvent.Type);
            }

            return Task.CompletedTask;
        };
        string user = Guid.NewGuid().ToString();
        Assert.Equal(PublishOutcome.Committed, await harness.Get<IEventPublisher>().PublishAsync(
            new Transaction(StateKeys.User(user)).Publish(DomainEvent.Create(new AuthLogin(user, "somebody", "password", "session"), DateTimeOffset.UtcNow, user, null)),
            CancellationToken.None));
        await harness.UploadAsync(user, "taken.txt");

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 2 && await harness.IsCaughtUpAsync());
        Assert.Equal([EventTypes.FileUploaded], handled.Distinct());

        handled.Clear();
        await Eventually.UntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return await harness.CountAsync("Log") == 2;
        });
        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            Subscriptions.Orchestrator, null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        await harness.ReplayAsync(orchestrator.Name);
        Assert.Equal(1, (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!.Matched);
        Assert.Equal([EventTypes.FileUploaded], handled);
    }

    // The name of the constant, for example ApiKeyCreated for "apikey.created".
    private static string NameOf(string type) =>
        typeof(EventTypes).GetFields().Single(field => field.IsLiteral && (string)field.GetRawConstantValue()! == type).Name;

    private static IEnumerable<(string Name, string Channel)> Triggers() =>
        from method in typeof(GatewayServices).Assembly.GetTypes().SelectMany(type => type.GetMethods())
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<RedisPubSubTriggerAttribute>()
        where trigger is not null
        select (function.Name, trigger.Channel);
}
