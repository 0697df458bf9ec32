using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Recovery;

/// <summary>Other producers set the times of events, so no time may stop delivery.</summary>
public sealed class EventTimeTests
{
    private readonly string user = Guid.NewGuid().ToString();

    public static TheoryData<DateTimeOffset> Edges =>
        [DateTimeOffset.MinValue, new DateTimeOffset(9999, 12, 31, 23, 59, 59, 999, TimeSpan.Zero), new DateTimeOffset(1999, 12, 31, 23, 59, 59, TimeSpan.Zero)];

    [Theory]
    [MemberData(nameof(Edges))]
    public async Task An_event_at_the_edge_of_the_calendar_ends_recovery_of_nothing(DateTimeOffset edge)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        DomainEvent early = DeliveryHarness.Foreign(user, "early", edge);
        await FailAsync(harness, early);
        ConsumerRecovery[] recoveries = [.. DeliveryOptions.KnownConsumers.Select(consumer => harness.Recovery(consumer))];
        // The first tick finds the event unfinished. The next one writes the low watermark.
        for (int tick = 0; tick < 2; tick++)
        {
            await Task.WhenAll(recoveries.Select(recovery => recovery.RecoverAsync(CancellationToken.None)));
        }

        await AssertLowWatermarkAsync(harness);

        await harness.Database.ExecuteAsync("FLUSHALL");
        await Task.WhenAll(recoveries.Select(recovery => recovery.RecoverAsync(CancellationToken.None)));
        DomainEvent late = DeliveryHarness.Foreign(user, "late", edge);
        await FailAsync(harness, late);
        foreach (FlakyConsumer consumer in harness.Consumers.Values)
        {
            consumer.Before = (_, _) => Task.CompletedTask;
        }

        DomainEvent own = await harness.UploadAsync(user, "own");
        await harness.RecoverUntilAsync(async () => await harness.IsCaughtUpAsync() && (await harness.AuditedAsync(user)).Contains(own.Id));

        Assert.Equal(new[] { own.Id, late.Id }.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.Contains(own.Id, await harness.NotifiedAsync(user, rebuild: false));
        Assert.Contains("own", await harness.ContextAsync(user, rebuild: false));
        await AssertLowWatermarkAsync(harness);
    }

    [Theory]
    [MemberData(nameof(Edges))]
    public async Task What_commits_with_such_a_time_is_published_logged_and_replayed(DateTimeOffset edge)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        DomainEvent odd = DomainEvent.Create(new FileDeleted("f", "a", 1, user), DateTimeOffset.UtcNow, user, null) with { Timestamp = edge };
        await harness.Redis.KillAsync();
        Assert.Equal(PublishOutcome.Committed, await harness.Get<IEventPublisher>().PublishAsync(new Transaction(StateKeys.User(user)).Publish(odd), CancellationToken.None));
        DomainEvent own = await harness.UploadAsync(user);
        await harness.Redis.StartAgainAsync();
        await Eventually.UntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return await harness.CountAsync("Pending") == 0;
        });
        await AssertLowWatermarkAsync(harness);
        await harness.Get<ReplayJobs>().AddAsync("audit", null, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, "operator", CancellationToken.None);
        await harness.Database.KeyDeleteAsync(DeliveryHarness.Uploads);

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 2);

        Assert.Equal(new[] { odd.Id, own.Id }.Order(), (await harness.AuditedAsync(user)).Order());
    }

    [Fact]
    public async Task Rows_with_such_a_time_expire_by_the_time_at_which_storage_got_them()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        DateTimeOffset start = time.GetUtcNow();
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        DomainEvent[] events = [.. Edges.Select(edge => DeliveryHarness.Foreign(user, "a.txt", edge.Data))];
        foreach (DomainEvent each in events)
        {
            // The audit log lets a line wait for others if the one before came a moment ago.
            time.Advance(TimeSpan.FromMinutes(1));
            await harness.HandleAsync("audit", each);
        }

        await harness.Get<EventLog>().AppendAsync(
            events.Select(each => new LogEntry(each.Id, each.Type, StateKeys.User(user), each.Timestamp)), CancellationToken.None);
        Assert.Equal((3, 3), await CleanUpAsync(TimeSpan.FromHours(1)));
        Assert.Equal((3, 3), await CleanUpAsync(TimeSpan.FromDays(89)));
        Assert.Equal((0, 3), await CleanUpAsync(TimeSpan.FromDays(91)));
        Assert.Equal((0, 0), await CleanUpAsync(TimeSpan.FromDays(366)));

        async Task<(int Log, int Audit)> CleanUpAsync(TimeSpan later)
        {
            time.SetUtcNow(start + later);
            await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);
            return (await harness.CountAsync("Log"), await harness.CountAsync("Audit"));
        }
    }

    private static async Task FailAsync(DeliveryHarness harness, DomainEvent domainEvent)
    {
        foreach (FlakyConsumer consumer in harness.Consumers.Values)
        {
            consumer.Before = (_, _) => throw new InvalidOperationException("not this time");
            await harness.FailAsync(consumer.Name, domainEvent);
        }
    }

    private static async Task AssertLowWatermarkAsync(DeliveryHarness harness)
    {
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            (IReadOnlyDictionary<string, PairState> pairs, _) = await harness.Get<PairStates>().ReadAsync(consumer, CancellationToken.None);
            Assert.All(pairs.Values, pair => Assert.InRange(pair.LowWatermark, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1)));
        }
    }
}
