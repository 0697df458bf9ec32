using System.Globalization;
using System.Text.Json;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Streams;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Operations;

public sealed class OperationsStreamTests
{
    private static readonly FeedFilter s_all = new(null, null, null);

    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task A_stream_shows_each_event_and_its_effect_at_each_consumer()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        harness.Consumers["audit"].Before = (_, _) => throw new InvalidOperationException("broken");
        await using var stream = await Client.OpenAsync(harness, s_all);
        DomainEvent uploaded = await harness.UploadAsync(user);

        Assert.Equal(("event", uploaded.Id), Summary(await stream.NextAsync()));
        foreach (string consumer in Subscriptions.Consumers)
        {
            await Record.ExceptionAsync(() => harness.DeliverAsync(consumer, uploaded));
        }

        JsonElement[] effects = [(await stream.NextAsync()).Data, (await stream.NextAsync()).Data, (await stream.NextAsync()).Data];
        Assert.Equal(
            [("audit", "failed"), ("notifications", "handled"), ("orchestrator", "handled")],
            effects.Select(effect => (Text(effect, "consumer"), Text(effect, "result"))).Order());
        Assert.All(effects, effect => Assert.Equal((uploaded.Id, uploaded.Type, user, "doorbell"), (Text(effect, "eventId"), Text(effect, "type"), Text(effect, "userId"), Text(effect, "source"))));
        Assert.Contains("broken", Text(effects.Single(effect => Text(effect, "result") == "failed"), "error"), StringComparison.Ordinal);
        Assert.All(effects, effect => Assert.True(effect.GetProperty("latencyMs").GetInt64() >= 0));
        Assert.All(effects, effect => Assert.False(effect.TryGetProperty("payload", out _)));
    }

    [Fact]
    public async Task A_stream_shows_what_becomes_of_a_dead_letter()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        DeadLetters letters = harness.Get<DeadLetters>();
        await letters.AddAsync("audit", uploaded, "broken", 8, Effect.Recovery, CancellationToken.None);
        harness.Consumers["audit"].Before = (_, _) => throw new InvalidOperationException("still broken");
        await letters.RetryAsync(harness.Consumers["audit"], (await letters.FindAsync("audit", uploaded.Id, CancellationToken.None))!, null, CancellationToken.None);
        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await letters.RetryAsync(harness.Consumers["audit"], (await letters.FindAsync("audit", uploaded.Id, CancellationToken.None))!, null, CancellationToken.None);
        await letters.AddAsync("audit", uploaded, "broken", 8, Effect.Replay, CancellationToken.None);
        await letters.DiscardAsync((await letters.FindAsync("audit", uploaded.Id, CancellationToken.None))!, CancellationToken.None);

        await using var stream = await Client.OpenAsync(harness, s_all);

        Assert.Equal("event", (await stream.NextAsync()).Name);
        List<(string, string)> seen = [];
        while (seen.Count < 5)
        {
            JsonElement effect = (await stream.NextAsync()).Data;
            seen.Add((Text(effect, "result"), Text(effect, "source")));
        }

        Assert.Equal([("deadLettered", "recovery"), ("deadLettered", "operator"), ("handled", "operator"), ("deadLettered", "replay"), ("discarded", "operator")], seen);
    }

    [Fact]
    public async Task A_replay_tells_of_events_that_were_missing_and_of_no_others()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        DomainEvent there = await harness.UploadAsync(user);
        await harness.HandleAsync("audit", there);
        DomainEvent missing = await harness.UploadAsync(user);
        await using var stream = await Client.OpenAsync(harness, s_all);
        await harness.Get<ReplayJobs>().AddAsync("audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), ReplayJobs.Operator, CancellationToken.None);

        await harness.ReplayAsync("audit");

        JsonElement effect;
        do
        {
            effect = (await stream.NextAsync()).Data;
        }
        while (!effect.TryGetProperty("source", out JsonElement source) || source.GetString() != "replay");
        Assert.Equal((missing.Id, "handled"), (Text(effect, "eventId"), Text(effect, "result")));
    }

    [Fact]
    public async Task Without_a_place_to_go_on_a_stream_begins_with_the_newest_events()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        List<string> ids = [];
        for (int number = 0; number < 5; number++)
        {
            ids.Add((await harness.UploadAsync(number % 2 == 0 ? user : "somebody else")).Id);
        }

        await using var newest = await Client.OpenAsync(harness, s_all, limit: 2);
        await using var ofUser = await Client.OpenAsync(harness, s_all with { UserId = user }, limit: 2);
        await using var ofOtherType = await Client.OpenAsync(harness, s_all with { Type = EventTypes.FileDeleted });
        DomainEvent later = await harness.UploadAsync(user);
        DomainEvent deleted = await harness.CommitAsync(user, new FileDeleted("id", "a.txt", 1, user));

        Assert.Equal([ids[3], ids[4], later.Id, deleted.Id], await newest.IdsAsync(4));
        Assert.Equal([ids[2], ids[4], later.Id, deleted.Id], await ofUser.IdsAsync(4));
        Assert.Equal([deleted.Id], await ofOtherType.IdsAsync(1));
    }

    [Fact]
    public async Task One_story_begins_with_its_beginning_and_holds_nothing_else()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        const string Story = "a story <1>";
        DomainEvent[] events = [.. Enumerable.Range(0, 400).Select(number => DeliveryHarness.Foreign(user, $"{number}") with { CorrelationId = number % 100 == 7 ? Story : $"other {number}" })];
        await harness.AddToJournalAsync(events);
        await harness.Get<EffectLog>().ReportAsync([.. events.Select(each => Effect.Of(each, "audit", Effect.Handled, Effect.Doorbell, DateTimeOffset.UtcNow))]);

        await using var stream = await Client.OpenAsync(harness, s_all with { CorrelationId = Story }, limit: 1);
        List<(string Name, string Id)> seen = [];
        while (seen.Count < 8)
        {
            seen.Add(Summary(await stream.NextAsync()));
        }

        string[] wanted = [.. events.Where(each => each.CorrelationId == Story).Select(each => each.Id)];
        Assert.Equal([.. wanted.Select(id => ("event", id)), .. wanted.Select(id => ("effect", id))], seen);
    }

    [Fact]
    public async Task A_client_that_comes_again_misses_nothing_and_one_that_is_slow_gets_everything_in_order()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await using var slow = await Client.OpenAsync(harness, s_all);
        DomainEvent before = await harness.UploadAsync(user);
        (string name, string id, _) = await slow.NextAsync();
        Assert.Equal("event", name);
        DomainEvent[] events = [.. Enumerable.Range(0, 1_000).Select(number => DeliveryHarness.Foreign(user, $"{number}"))];
        foreach (DomainEvent[] part in events.Chunk(100))
        {
            await harness.AddToJournalAsync(part);
        }

        await using var again = await Client.OpenAsync(harness, s_all, ulong.Parse(id, CultureInfo.InvariantCulture));

        Assert.Equal(events.Select(each => each.Id), await slow.IdsAsync(events.Length));
        string[] seen = await again.IdsAsync(events.Length + 1);
        Assert.Equal([before.Id, .. events.Select(each => each.Id)], seen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_goes_on_when_Redis_was_wiped(bool isItsClockBehind)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await using var stream = await Client.OpenAsync(harness, s_all);
        DomainEvent before = DeliveryHarness.Foreign(user, "before");
        RedisValue ahead = isItsClockBehind ? $"{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds()}-0" : "*";
        await harness.Database.StreamAddAsync(DeliveryHarness.Uploads, [new("event", EventParser.Write(before))], messageId: ahead);
        Assert.Equal([before.Id], await stream.IdsAsync(1));

        await harness.Database.ExecuteAsync("FLUSHALL");
        DomainEvent after = DeliveryHarness.Foreign(user, "after");
        await harness.AddToJournalAsync([after]);

        Assert.Equal([after.Id], await stream.IdsAsync(1));
    }

    [Fact]
    public async Task A_stream_ends_when_Redis_is_down_and_delivery_does_not_wait_for_effects()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await using var stream = await Client.OpenAsync(harness, s_all);
        await harness.Redis.StopAsync();

        await Assert.ThrowsAsync<DependencyUnavailableException>(() => stream.IdsAsync(1));
        await harness.Get<EffectLog>().ReportAsync([Effect.Of(DeliveryHarness.Foreign(user), "audit", Effect.Handled, Effect.Doorbell, DateTimeOffset.UtcNow)]);
    }

    [Fact]
    public async Task Effects_take_no_more_than_their_bytes()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        byte[] large = new byte[64 * 1024];
        for (int number = 0; number < 400; number++)
        {
            await harness.Database.StreamAddAsync(EventKeys.Effects, "effects", large);
        }

        await Eventually.UntilAsync(async () =>
        {
            await harness.TickRelayAsync();
            return (long)await harness.Database.ExecuteAsync("MEMORY", "USAGE", EventKeys.Effects, "SAMPLES", 0) <= EffectLog.MaxBytes;
        });

        Assert.True(await harness.Database.StreamLengthAsync(EventKeys.Effects) > 100);
    }

    private static (string Name, string Id) Summary((string Name, string Id, JsonElement Data) one) =>
        (one.Name, one.Name == "event" ? Text(one.Data.GetProperty("event"), "id") : Text(one.Data, "eventId"));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private sealed class Client(OperationsStream source) : IAsyncDisposable
    {
        private readonly Queue<(string Name, string Id, JsonElement Data)> read = new();

        public static async Task<Client> OpenAsync(DeliveryHarness harness, FeedFilter filter, ulong? after = null, int limit = PageRequest.DefaultLimit)
        {
            EventFeed feed = await harness.StartFeedAsync();
            var ended = new CancellationTokenSource(Eventually.DefaultDeadline);
            var client = new Client(new OperationsStream(feed, new LiveStream(ended, [ended]), filter, after, limit, TimeProvider.System));
            client.Add(await client.Source.FirstAsync(CancellationToken.None));
            return client;
        }

        private OperationsStream Source => source;

        public async Task<(string Name, string Id, JsonElement Data)> NextAsync()
        {
            while (read.Count == 0)
            {
                Add(await source.NextAsync());
            }

            return read.Dequeue();
        }

        public async Task<string[]> IdsAsync(int count)
        {
            List<string> ids = [];
            while (ids.Count < count)
            {
                if (await NextAsync() is ("event", _, var data))
                {
                    ids.Add(Text(data.GetProperty("event"), "id"));
                }
            }

            return [.. ids];
        }

        public ValueTask DisposeAsync()
        {
            source.Dispose();
            return ValueTask.CompletedTask;
        }

        private void Add(string text)
        {
            foreach (string one in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            {
                string[] fields = [.. one.Split('\n').Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..])];
                read.Enqueue((fields[1], fields[0], JsonElement.Parse(fields[2])));
            }
        }
    }
}
