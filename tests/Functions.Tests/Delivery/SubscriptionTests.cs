using System.Reflection;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.Functions.Tests.Delivery;

public sealed class SubscriptionTests
{
    [Theory]
    [InlineData("Audit", typeof(AuditConsumer))]
    [InlineData("Notify", typeof(NotificationConsumer))]
    [InlineData("Orchestrate", typeof(OrchestratorConsumer))]
    public void A_consumer_has_a_function_for_each_type_that_it_takes_and_no_other(string verb, Type consumer)
    {
        var taken = ((IEventConsumer)Activator.CreateInstance(consumer, [null])!).Types;

        Assert.Equal(
            taken.Select(type => (verb + NameOf(type), EventChannels.Of(type))).Order(),
            Triggers().Where(trigger => trigger.Name.StartsWith(verb, StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void The_audit_log_takes_every_type_of_the_record() => Assert.Equal(EventTypes.All.Order(), new AuditConsumer(null!).Types.Order());

    // "system.health.degraded" is SystemHealthDegraded, "apikey.created" is ApiKeyCreated: as the constants are called.
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
