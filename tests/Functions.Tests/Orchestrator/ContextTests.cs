using System.Text.Json;
using CsCheck;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Orchestrator;
using McpFunctions.Functions.Quotas;
using McpFunctions.Functions.Recovery;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Orchestrator;

public sealed class ContextTests(Stores stores)
{
    private static readonly DateTimeOffset Now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow);

    private readonly RedisContextStore contexts = ContextsOf(stores, new QuotaOptions().ContextBytes);

    [Fact]
    public async Task Whatever_the_order_and_however_often_facts_come_the_context_is_the_same() =>
        await Gen.Select(Facts, Gen.Int[0, int.MaxValue]).SampleAsync(
            async (facts, seed) =>
            {
                (string straight, string shuffled) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
                foreach (ContextFact fact in facts)
                {
                    await contexts.ApplyAsync(straight, fact, false, CancellationToken.None);
                }

                ContextFact[] twice = [.. facts, .. facts];
                new Random(seed).Shuffle(twice);
                foreach (ContextFact fact in twice)
                {
                    await contexts.ApplyAsync(shuffled, fact, false, CancellationToken.None);
                }

                Assert.Equal(await ShownAsync(straight), await ShownAsync(shuffled));
                Assert.Equal(Model(facts), (await ShownAsync(straight)).Order(StringComparer.Ordinal));
            },
            iter: 50);

    [Fact]
    public async Task A_fact_that_is_known_changes_nothing()
    {
        string user = Guid.NewGuid().ToString();
        ContextFact fact = Fact("a", 1, 0, "e", false);
        await contexts.ApplyAsync(user, fact, false, CancellationToken.None);

        Assert.Equal(FactOutcome.Known, await contexts.ApplyAsync(user, fact, false, CancellationToken.None));

        ContextSnapshot snapshot = await contexts.ReadAsync(user, CancellationToken.None);
        Assert.Equal(1, snapshot.Version);
        Assert.Equal(Now, snapshot.UpdatedAt);
    }

    [Fact]
    public async Task A_fact_older_than_the_memory_of_ended_entities_is_not_taken()
    {
        string user = Guid.NewGuid().ToString();

        FactOutcome outcome = await contexts.ApplyAsync(user, Fact("a", 1, -TimeSpan.FromDays(7).TotalMinutes, "e", false), false, CancellationToken.None);

        Assert.Equal(FactOutcome.TooOld, outcome);
        Assert.Empty((await contexts.ReadAsync(user, CancellationToken.None)).Facts);
    }

    [Fact]
    public async Task Ended_entities_are_removed_after_their_retention()
    {
        string user = Guid.NewGuid().ToString();
        double nearlyForgotten = (TimeSpan.FromSeconds(1.5) - IContextStore.TombstoneRetention).TotalMinutes;
        await contexts.ApplyAsync(user, Fact("old", 1, nearlyForgotten, "e1", false), false, CancellationToken.None);
        await contexts.ApplyAsync(user, Fact("old", 2, nearlyForgotten, "e2", true), false, CancellationToken.None);

        // The store forgets old ends only when it takes a new one. Each of these is newer than the one before, so it is taken.
        int version = 0;
        await TestServers.Eventually.UntilAsync(async () =>
        {
            Assert.Equal(FactOutcome.Taken, await contexts.ApplyAsync(user, Fact("new", ++version, 0, "e", true), false, CancellationToken.None));
            return (await contexts.ReadAsync(user, CancellationToken.None)).Facts.All(fact => fact.EntityId == "new");
        });
    }

    [Fact]
    public async Task Over_the_limit_in_bytes_the_commands_that_ended_first_go_and_do_not_come_back()
    {
        string user = Guid.NewGuid().ToString();
        RedisContextStore small = ContextsOf(stores, 5_000);
        ContextFact running = Command("running", -60, false, 1_000);
        await small.ApplyAsync(user, running, false, CancellationToken.None);
        for (int index = 0; index < 5; index++)
        {
            await small.ApplyAsync(user, Command($"c{index}", index - 30, false, 10), false, CancellationToken.None);
            await small.ApplyAsync(user, Command($"c{index}", index - 29.5, true, 1_000), false, CancellationToken.None);
        }

        await HasRoomAsync();
        OrchestratorContext shown = OrchestratorContext.Of(user, await small.ReadAsync(user, CancellationToken.None));
        Assert.Equal(["running"], shown.ActiveCommands.Select(command => command.CommandId));
        Assert.Equal(["c4", "c3"], shown.RecentCommands.Select(command => command.CommandId));

        // An evicted command does not come back, and neither does one that ended before it.
        Assert.Equal(FactOutcome.Known, await small.ApplyAsync(user, Command("c0", 0, false, 10), false, CancellationToken.None));
        Assert.Equal(FactOutcome.Known, await small.ApplyAsync(user, Command("c0", 0, true, 10), false, CancellationToken.None));
        Assert.Equal(FactOutcome.Taken, await small.ApplyAsync(user, Command("before", -50, true, 10), false, CancellationToken.None));
        await HasRoomAsync();
        shown = OrchestratorContext.Of(user, await small.ReadAsync(user, CancellationToken.None));
        Assert.Equal(["running"], shown.ActiveCommands.Select(command => command.CommandId));
        Assert.Equal(["c4", "c3"], shown.RecentCommands.Select(command => command.CommandId));

        async Task HasRoomAsync() => Assert.InRange(await CountedAsync(user), 1, 5_000);
    }

    [Fact]
    public async Task Over_the_limit_in_number_the_entities_that_ended_first_go()
    {
        string user = Guid.NewGuid().ToString();
        for (int index = 0; index <= RedisContextStore.MaxEnded; index++)
        {
            await contexts.ApplyAsync(user, Command($"c{index}", (index / 1_000.0) - 10, true, 1), false, CancellationToken.None);
        }

        ContextSnapshot snapshot = await contexts.ReadAsync(user, CancellationToken.None);
        Assert.Equal(RedisContextStore.MaxEnded, snapshot.Facts.Count);
        Assert.DoesNotContain(snapshot.Facts, fact => fact.EntityId == "c0");
    }

    [Fact]
    public async Task Active_entities_always_stay_and_the_bytes_are_counted_exactly() =>
        await Gen.Select(Facts, Gen.Int[0, 3_000]).SampleAsync(
            async (facts, maxBytes) =>
            {
                string user = Guid.NewGuid().ToString();
                RedisContextStore small = ContextsOf(stores, maxBytes);
                foreach (ContextFact fact in facts)
                {
                    await small.ApplyAsync(user, fact, false, CancellationToken.None);
                }

                Assert.Equal(Model(facts), (await ShownAsync(user)).Order(StringComparer.Ordinal));
                long bytes = await CountedAsync(user);
                ContextSnapshot snapshot = await small.ReadAsync(user, CancellationToken.None);
                Assert.True(bytes <= maxBytes || !snapshot.Facts.Any(fact => fact.IsTerminal), $"{bytes} bytes, {maxBytes} allowed");
            },
            iter: 100);

    private static Gen<ContextFact[]> Facts { get; } = Gen.Select(Gen.OneOf("a", "b"), Gen.Int[0, 4], Gen.Int[-3, 3], Gen.OneOf("e1", "é2", "E3"), Gen.Int[0, 5])
        .Select(fact => Fact(fact.Item1, fact.Item2, fact.Item3, fact.Item4, fact.Item5 == 0))
        .Array[0, 12];

    // The newest fact of each file, without files that have ended.
    private static IEnumerable<string> Model(ContextFact[] facts) => facts
        .GroupBy(fact => fact.EntityId)
        .Where(file => !file.Any(fact => fact.IsTerminal))
        .Select(file => file.MaxBy(fact => (fact.Version, fact.Timestamp, Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(fact.EventId))))!)
        .Select(fact => $"{fact.EntityId} {fact.Payload.Text("filename")}")
        .Order(StringComparer.Ordinal);

    private static ContextFact Fact(string id, long version, double minutes, string eventId, bool isTerminal) => new()
    {
        Kind = "file",
        EntityId = id,
        IsTerminal = isTerminal,
        Version = version,
        Timestamp = Timestamps.ToMilliseconds(Now.AddMinutes(minutes)),
        EventId = eventId,
        Type = isTerminal ? EventTypes.FileDeleted : EventTypes.FileUpdated,
        Payload = JsonElement.Parse($$"""{"fileId":"{{id}}","filename":"{{version}} {{minutes}} {{eventId}}"}"""),
    };

    private static ContextFact Command(string id, double minutes, bool isTerminal, int length) => Fact(id, 0, minutes, "e", isTerminal) with
    {
        Kind = "command",
        Type = isTerminal ? EventTypes.CommandCompleted : EventTypes.CommandStarted,
        Payload = JsonElement.Parse($$"""{"commandId":"{{id}}","name":"{{new string('n', length)}}","startedBy":"u","durationMs":1}"""),
    };

    private static RedisContextStore ContextsOf(Stores stores, long maxBytes) => new(
        stores.Redis, new RebuildMark(stores.Redis), Options.Create(new QuotaOptions { ContextBytes = maxBytes }), NullLogger<RedisContextStore>.Instance);

    // The byte count of the context, which must equal the real number of bytes.
    private async Task<long> CountedAsync(string user)
    {
        HashEntry[] fields = await stores.Redis.RunAsync(database => database.HashGetAllAsync($"{{user:{user}}}:context"), CancellationToken.None);
        long counted = fields.Where(field => field.Name == "_bytes").Sum(field => (long)field.Value);
        Assert.Equal(fields.Where(field => !field.Name.StartsWith("_") && field.Value != "~").Sum(field => field.Name.Length() + field.Value.Length()), counted);
        return counted;
    }

    private async Task<IReadOnlyList<string>> ShownAsync(string user) =>
        [.. OrchestratorContext.Of(user, await contexts.ReadAsync(user, CancellationToken.None)).Files.Select(file => $"{file.FileId} {file.Filename}")];
}
