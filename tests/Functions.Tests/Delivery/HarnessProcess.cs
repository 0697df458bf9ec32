using System.Text;
using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Recovery;
using Microsoft.Extensions.DependencyInjection;

namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>The part of the app that differs between processes on the same servers.</summary>
public sealed class HarnessProcess : IDisposable
{
    private readonly IServiceProvider services;
    private readonly IsolationGate gate = new();
    private readonly Dictionary<string, ConsumerRecovery> recoveries = [];

    public HarnessProcess(IServiceProvider services)
        : this(services, new GatewayInstance())
    {
    }

    public HarnessProcess(IServiceProvider services, JournalPumps pumps, GatewayInstance instance)
    {
        (this.services, Pumps, Instance) = (services, pumps, instance);
        Live = ActivatorUtilities.CreateInstance<LiveInstances>(services, instance, pumps);
        Replays = ActivatorUtilities.CreateInstance<ReplayRunner>(services, gate);
        Replays.TakeBackTime = Stores.CallTimeout;
    }

    private HarnessProcess(IServiceProvider services, GatewayInstance instance)
        : this(services, ActivatorUtilities.CreateInstance<JournalPumps>(services, instance, ActivatorUtilities.CreateInstance<ConsumerAttempt>(services)), instance)
    {
    }

    public GatewayInstance Instance { get; }

    public JournalPumps Pumps { get; }

    public LiveInstances Live { get; }

    public ReplayRunner Replays { get; }

    public void Dispose() => gate.Dispose();

    /// <summary>Delivers an event to a consumer, as the Redis trigger of this process does, and waits a moment for its acknowledgement.</summary>
    public async Task DeliverAsync(IEventConsumer consumer, DomainEvent domainEvent)
    {
        await ActivatorUtilities.CreateInstance<EventDelivery>(services, Pumps).DeliverAsync(
            consumer,
            domainEvent.Type,
            JsonSerializer.Serialize(new Dictionary<string, string>
            {
                ["SubscriptionChannel"] = EventChannels.Of(domainEvent.Type),
                ["Channel"] = EventChannels.Of(domainEvent.Type),
                ["Message"] = Encoding.UTF8.GetString(EventParser.Write(domainEvent)),
            }),
            CancellationToken.None);
        await Task.WhenAny(Pumps.Of(consumer, domainEvent.Type).IdleAsync(), Task.Delay(TimeSpan.FromSeconds(1)));
    }

    public ConsumerRecovery Recovery(IEventConsumer consumer)
    {
        if (!recoveries.TryGetValue(consumer.Name, out ConsumerRecovery? recovery))
        {
            LossDetection losses = ActivatorUtilities.CreateInstance<LossDetection>(services, consumer);
            JournalRecovery journal = ActivatorUtilities.CreateInstance<JournalRecovery>(services, consumer, Pumps, Instance, Live, gate);
            recoveries[consumer.Name] = recovery = ActivatorUtilities.CreateInstance<ConsumerRecovery>(services, consumer, losses, journal, Pumps, Replays);
        }

        return recovery;
    }
}
