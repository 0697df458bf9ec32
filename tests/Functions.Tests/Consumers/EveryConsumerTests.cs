using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Recovery;

namespace McpFunctions.Functions.Tests.Consumers;

/// <summary>What every registered consumer must do. A new consumer is tested here as soon as it is registered.</summary>
public sealed class EveryConsumerTests
{
    public static TheoryData<string> Consumers => [.. Subscriptions.Consumers];

    [Theory]
    [MemberData(nameof(Consumers))]
    public async Task An_event_that_fails_becomes_a_dead_letter_and_its_retry_has_the_effect(string consumer)
    {
        await using ConsumerHarness harness = await ConsumerHarness.StartAsync(consumer);
        DomainEvent failed = await harness.PublishAsync();

        harness.IsFailing = true;
        ReplayJob replay = await harness.ReplayAsync(failed);
        RetryResponse early = await harness.RetryAsync(failed);
        harness.IsFailing = false;
        RetryResponse retry = await harness.RetryAsync(failed);

        Assert.Equal((1, 1), (replay.Matched, replay.Failed));
        Assert.Equal(new RetryResponse(1, 0, 1), early);
        Assert.Equal(new RetryResponse(1, 1, 0), retry);
        await AssertHasEffectAsync(harness, failed);
    }

    [Theory]
    [MemberData(nameof(Consumers))]
    public async Task A_replay_of_an_event_that_only_storage_has_gives_its_effect_once(string consumer)
    {
        await using ConsumerHarness harness = await ConsumerHarness.StartAsync(consumer);
        DomainEvent lost = await harness.PublishAsync();
        await harness.EmptyRedisAsync();

        ReplayJob[] replays = [await harness.ReplayAsync(lost), await harness.ReplayAsync(lost)];

        Assert.All(replays, replay => Assert.Equal((1, 1, 0), (replay.Matched, replay.Delivered, replay.Failed)));
        await AssertHasEffectAsync(harness, lost);
    }

    // A consumer says whether an event had a new effect.
    private static async Task AssertHasEffectAsync(ConsumerHarness harness, DomainEvent domainEvent)
    {
        Assert.True(await harness.Consumer.HandleAsync(harness.NewEvent(), CancellationToken.None));
        Assert.False(await harness.Consumer.HandleAsync(domainEvent, CancellationToken.None));
    }
}
