using CsCheck;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Recovery;

/// <summary>Events that reach the journal or a consumer hours after their time, because Redis was down or somebody asked for them again.</summary>
public sealed class LateEventTests
{
    // Further back than a replay reaches from the time of a loss.
    private static readonly TimeSpan Age = TimeSpan.FromHours(4);

    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task A_late_event_that_waits_for_a_retry_comes_again_when_Redis_is_wiped()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        DomainEvent late = await PublishLateAsync(harness);
        harness.Consumers["audit"].Before = (_, _) => throw new InvalidOperationException("broken");
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        await harness.IdleAsync("audit");
        Assert.Equal(1, (await harness.GroupAsync("audit"))!.Failed);
        await EndHoldAsync(harness, "audit");
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        await harness.Database.ExecuteAsync("FLUSHALL");
        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count > 0);

        Assert.Equal([late.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task A_late_event_that_was_cut_from_the_journal_unread_is_replayed()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalMaxLength", "1000"), ("Delivery:Consumers", "audit"));
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        DomainEvent late = await PublishLateAsync(harness);
        await harness.AddToJournalAsync(Enumerable.Range(0, 1000).Select(number => DeliveryHarness.Foreign("other", $"{number}")));

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);
        Assert.Equal(900, await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads));

        await harness.ReplayAsync("audit");
        Assert.Equal([late.Id], await harness.AuditedAsync(user));
    }

    [Theory]
    [InlineData("relay")]
    [InlineData("replay")]
    [InlineData("retry of a dead letter")]
    public async Task An_effect_that_came_late_comes_again_when_Redis_returns_with_an_older_file(string way)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        // Rebuilt now, since a rebuild would hide what is missing later.
        await harness.NotifiedAsync(user);
        DomainEvent? late = null;
        if (way != "relay")
        {
            late = await harness.CommitAsync(user, Payload(), Age);
            await harness.Database.StreamReadGroupAsync(DeliveryHarness.Uploads, "notifications", "reader", ">", noAck: true);
        }

        await harness.LogAsync(way == "relay" ? 0 : 1);
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        FolderCopy old = FolderCopy.Of(harness.Redis.DataFolder);
        Assert.Empty(await harness.NotifiedAsync(user, rebuild: false));

        switch (way)
        {
            case "relay":
                late = await PublishLateAsync(harness);
                break;
            case "replay":
                await harness.Get<ReplayJobs>().AddAsync(
                    "notifications", null, DateTimeOffset.UtcNow - Age - TimeSpan.FromHours(1), DateTimeOffset.UtcNow, ReplayJobs.Operator, CancellationToken.None);
                break;
            default:
                await harness.Get<DeadLetters>().AddAsync("notifications", late!, new InvalidOperationException("broken"), 8, Effect.Doorbell, CancellationToken.None);
                DeadLetter letter = (await harness.Get<DeadLetters>().FindAsync("notifications", late!.Id, CancellationToken.None))!;
                Assert.True(await harness.Get<DeadLetters>().RetryAsync(harness.Consumers["notifications"], letter, null, CancellationToken.None));
                break;
        }

        await harness.RecoverUntilAsync(async () => (await harness.NotifiedAsync(user, rebuild: false)).Contains(late!.Id));
        await EndHoldAsync(harness, "notifications");
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        await Eventually.UntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return await harness.CountAsync("Pending") == 0;
        });

        await harness.Redis.KillAsync();
        old.RestoreTo(harness.Redis.DataFolder);
        await harness.Redis.StartAgainAsync();
        await Eventually.UntilAsync(async () =>
            await harness.Get<RedisConnection>().RunAsync(database => database.PingAsync(), CancellationToken.None) > TimeSpan.Zero
            && await harness.Get<PumpRedis>().Connection.RunAsync(database => database.PingAsync(), CancellationToken.None) > TimeSpan.Zero
            && await harness.Database.PingAsync() > TimeSpan.Zero);
        Assert.Empty(await harness.NotifiedAsync(user, rebuild: false));
        await harness.RecoverUntilAsync(async () => (await harness.NotifiedAsync(user, rebuild: false)).Contains(late!.Id));
    }

    [Fact]
    public void However_many_events_come_late_few_entries_reach_back_to_all_of_them() =>
        Gen.Select(Gen.Int[0, 5_000], Gen.Int[0, 5_000]).Array[0, 60].Sample(events =>
        {
            DateTimeOffset start = DateTimeOffset.UnixEpoch;
            LateEvents[] all = [.. events.Select(each => new LateEvents(start.AddMinutes(each.Item1), start.AddMinutes(-each.Item2))).OrderBy(each => each.Until)];
            IReadOnlyList<LateEvents> known = LateEvents.Read(LateEvents.Write(all.Aggregate((IReadOnlyList<LateEvents>)[], LateEvents.Add)));

            Assert.InRange(known.Count, Math.Min(1, all.Length), 20);
            Assert.All(all, each => Assert.True(LateEvents.OldestSince(known, each.Until) <= each.Oldest));
            Assert.Null(LateEvents.OldestSince(known, start.AddDays(30)));
        });

    private FileUploaded Payload() => new("f", "late.txt", 1, "text/plain", "s", 1, user);

    // Committed while Redis was down for hours.
    private async Task<DomainEvent> PublishLateAsync(DeliveryHarness harness)
    {
        await harness.Redis.StopAsync();
        DomainEvent late = await harness.CommitAsync(user, Payload(), Age);
        await harness.Redis.StartAgainAsync();
        await Eventually.UntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads) > 0;
        });
        return late;
    }

    // As if minutes had passed.
    private static async Task EndHoldAsync(DeliveryHarness harness, string consumer)
    {
        PairStates states = harness.Get<PairStates>();
        await Eventually.UntilAsync(async () =>
        {
            (IReadOnlyDictionary<string, PairState> pairs, _) = await states.ReadAsync(consumer, CancellationToken.None);
            return (await states.TryWriteAsync(consumer, pairs.Values.Select(pair => pair with { HeldUntil = DateTimeOffset.UtcNow }), CancellationToken.None)).Count == pairs.Count;
        });
    }
}
