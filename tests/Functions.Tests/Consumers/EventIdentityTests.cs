using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Consumers;

/// <summary>An id belongs to one event only, for every consumer.</summary>
public sealed class EventIdentityTests
{
    private readonly string user = Guid.NewGuid().ToString();

    [Theory]
    [InlineData("another time")]
    [InlineData("another content")]
    public async Task Another_event_with_the_id_of_one_that_others_published_is_a_dead_letter_of_every_consumer(string difference)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent first = DeliveryHarness.Foreign(user, "first");
        DomainEvent second = difference == "another time"
            ? first with { Timestamp = first.Timestamp.AddSeconds(1) }
            : DeliveryHarness.Foreign(user, "second") with { Id = first.Id, Timestamp = first.Timestamp };

        await AssertConflictAsync(harness, first, second);

        // A repeated delivery of the same event is no conflict.
        await harness.DeliverAsync("audit", first);
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        await AssertEffectsAsync(harness, first);
    }

    [Fact]
    public async Task A_message_with_the_id_of_what_storage_has_is_a_dead_letter_also_when_Redis_has_forgotten()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent own = await harness.UploadAsync(user);
        await harness.Database.KeyDeleteAsync(EventKeys.PublishedOf(own.Id));
        // Assert the conflict before the relay logs the event, and below after it.
        await AssertConflictAsync(harness, own, own with { Timestamp = own.Timestamp.AddSeconds(1) });
        await Eventually.UntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return await harness.CountAsync("Pending") == 0;
        });
        await harness.Database.KeyDeleteAsync(EventKeys.PublishedOf(own.Id));

        await AssertConflictAsync(harness, own, own with { CorrelationId = "another" });

        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        await AssertEffectsAsync(harness, own);
    }

    [Fact]
    public async Task A_dead_letter_that_has_the_id_of_another_event_stays_one()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent first = DeliveryHarness.Foreign(user, "first");
        DomainEvent second = first with { Timestamp = first.Timestamp.AddSeconds(1) };
        await AssertConflictAsync(harness, first, second);
        // Redis no longer knows the first event.
        await harness.Database.ExecuteAsync("FLUSHALL");
        DeadLetter letter = (await harness.Get<DeadLetters>().FindAsync("audit", DeadLetters.ConflictIdOf(second), CancellationToken.None))!;

        Assert.False(await harness.Get<DeadLetters>().RetryAsync(harness.Consumers["audit"], letter, null, CancellationToken.None));

        Assert.Equal([first.Id], await harness.AuditedAsync(user));
        Assert.Equal(2, (await harness.Get<DeadLetters>().FindAsync("audit", letter.Id, CancellationToken.None))!.History.Count);
    }

    [Fact]
    public async Task What_commits_is_published_also_where_others_have_used_its_id()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent own = DomainEvent.Create(new FileDeleted("f", "a", 1, user), DateTimeOffset.UtcNow, user, null);
        await harness.DeliverAsync("audit", DeliveryHarness.Foreign(user) with { Id = own.Id, Type = own.Type, Payload = own.Payload, CorrelationId = "another" });

        await harness.Get<IEventPublisher>().PublishAsync(new Transaction(StateKeys.User(user)).Publish(own), CancellationToken.None);

        Assert.Equal(2, await harness.Database.StreamLengthAsync(EventKeys.JournalOf(own.Type)));
        Assert.Equal(RedisJournal.MarkOf(EventParser.Write(own)), (string?)await harness.Database.StringGetAsync(EventKeys.PublishedOf(own.Id)));
    }

    [Fact]
    public async Task The_relay_publishes_what_has_committed_also_where_others_have_used_its_id()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.Redis.StopAsync();
        DomainEvent own = await harness.CommitAsync(user, new FileDeleted("f", "a", 1, user));
        await harness.Redis.StartAgainAsync();
        await Eventually.UntilAsync(() => harness.Database.StringSetAsync(
            EventKeys.PublishedOf(own.Id), RedisJournal.MarkOf(EventParser.Write(own with { CorrelationId = "another" })), RedisJournal.PublishedMarkerLifetime / 2));

        await Eventually.UntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return await harness.CountAsync("Pending") == 0;
        });

        Assert.Equal(1, await harness.Database.StreamLengthAsync(EventKeys.JournalOf(own.Type)));
    }

    [Theory]
    [InlineData(ProxyFault.LoseRequest)]
    [InlineData(ProxyFault.Refuse)]
    public async Task An_event_of_another_producer_whose_id_could_be_ours_is_not_lost_while_storage_is_down(ProxyFault fault)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent foreign = DeliveryHarness.Foreign(user) with { Id = Guid.CreateVersion7().ToString() };
        harness.Storage.Fault = _ => fault;
        await Record.ExceptionAsync(() => harness.DeliverAsync("audit", foreign));
        harness.Storage.Fault = _ => ProxyFault.None;

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count > 0);

        Assert.Equal([foreign.Id], await harness.AuditedAsync(user));
    }

    private static async Task AssertConflictAsync(DeliveryHarness harness, DomainEvent first, DomainEvent second)
    {
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            await harness.HandleAsync(consumer, first);
            await Assert.ThrowsAsync<EventIdConflictException>(() => harness.DeliverAsync(consumer, second));
            DeadLetter letter = (await harness.Get<DeadLetters>().FindAsync(consumer, DeadLetters.ConflictIdOf(second), CancellationToken.None))!;
            Assert.Equal((first.Id, second.Timestamp), (letter.Event!.Id, letter.Event.Timestamp));
        }
    }

    private async Task AssertEffectsAsync(DeliveryHarness harness, DomainEvent only)
    {
        Assert.Equal([only.Id], await harness.AuditedAsync(user));
        Assert.Equal([only.Id], await harness.NotifiedAsync(user, rebuild: false));
        Assert.Equal([only.Payload.Text("filename")], await harness.ContextAsync(user, rebuild: false));
    }
}
