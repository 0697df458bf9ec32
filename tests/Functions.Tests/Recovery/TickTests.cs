using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Recovery;

public sealed class TickTests
{
    private readonly string user = Guid.NewGuid().ToString();

    [Theory]
    [InlineData("two hours ahead")]
    [InlineData("beyond the calendar")]
    public async Task Entries_whose_ids_are_ahead_of_the_clock_are_handled_all_the_same_and_have_an_age(string when)
    {
        string id = when == "beyond the calendar" ? "300000000000000-1" : $"{DateTimeOffset.UtcNow.AddHours(2).ToUnixTimeMilliseconds()}-1";
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        DomainEvent foreign = DeliveryHarness.Foreign(user, "ahead");
        await harness.Database.StreamAddAsync(DeliveryHarness.Uploads, [new("event", EventParser.Write(foreign))], messageId: id);
        // From now on, Redis makes only ids after this one.
        DomainEvent own = await harness.UploadAsync(user, "own");
        await Eventually.UntilAsync(async () => await AgeAsync() > TimeSpan.FromSeconds(1));

        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);

        Assert.Equal(new[] { foreign.Id, own.Id }.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.Equal(TimeSpan.Zero, await AgeAsync());

        async Task<TimeSpan> AgeAsync()
        {
            JournalStatus status = await harness.Get<RedisJournal>().StatusAsync([EventTypes.FileUploaded], CancellationToken.None);
            return harness.Get<JournalAges>().Of("audit", EventTypes.FileUploaded, status.Group("audit", EventTypes.FileUploaded));
        }
    }

    [Fact]
    public async Task Recovered_is_what_recovery_brought_and_not_what_it_handled_a_second_time()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        DomainEvent fast = await harness.UploadAsync(user, "fast");
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            await harness.HandleAsync(consumer, fast);
        }

        // A second entry of the same event.
        await harness.Database.StreamAddAsync(DeliveryHarness.Uploads, "event", EventParser.Write(fast));
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        await Eventually.UntilAsync(async () => (await CountedAsync(harness)).All(counted => counted == (1, 0)));

        await harness.UploadAsync(user, "slow");
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);

        // The app does not wait until Redis has stored its statistics.
        await Eventually.UntilAsync(async () => (await CountedAsync(harness)).All(counted => counted == (1, 1)));
    }

    [Fact]
    public async Task A_part_of_a_tick_that_fails_holds_up_no_other()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        DomainEvent replayed = await harness.UploadAsync(user, "replayed");
        await Eventually.UntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return await harness.CountAsync("Log") == 1;
        });
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        await harness.Database.KeyDeleteAsync($"{{user:{user}}}:inbox:entries");
        await harness.Database.KeyDeleteAsync($"{{user:{user}}}:inbox:seen");
        await harness.Get<ReplayJobs>().AddAsync(
            "notifications", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        // The comparison of epochs reads this key.
        await harness.Database.KeyDeleteAsync(EventKeys.EpochsOf("notifications"));
        await harness.Database.ListLeftPushAsync(EventKeys.EpochsOf("notifications"), "not a hash");
        DomainEvent live = await harness.UploadAsync(user, "live");
        ConsumerRecovery recovery = harness.Recovery("notifications");

        await Eventually.UntilAsync(async () =>
        {
            await Assert.ThrowsAsync<RedisServerException>(() => recovery.RecoverAsync(CancellationToken.None));
            return (await harness.NotifiedAsync(user, rebuild: false)).Count == 2;
        });

        Assert.Equal(new[] { replayed.Id, live.Id }.Order(), (await harness.NotifiedAsync(user, rebuild: false)).Order());
    }

    private static async Task<(int Delivered, int Recovered)[]> CountedAsync(DeliveryHarness harness)
    {
        List<(int, int)> counted = [];
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            IReadOnlyDictionary<string, string> fields = await harness.Get<ConsumerStatistics>().ReadAsync(consumer, CancellationToken.None);
            counted.Add((Number(fields, ConsumerStatistics.Delivered), Number(fields, ConsumerStatistics.Recovered)));
        }

        return [.. counted];
    }

    private static int Number(IReadOnlyDictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out string? text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 0;
}
