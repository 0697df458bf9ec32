using System.Text.Json;
using CsCheck;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Delivery;
using McpFunctions.Functions.Orchestrator;

namespace McpFunctions.Functions.Tests.Orchestrator;

public sealed class ContextTests(Stores stores)
{
    private static readonly DateTimeOffset Now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow);

    private readonly RedisContextStore contexts = new(stores.Redis, new RebuildMark(stores.Redis));

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
    public async Task A_fact_older_than_what_is_remembered_of_ends_is_not_taken()
    {
        string user = Guid.NewGuid().ToString();

        FactOutcome outcome = await contexts.ApplyAsync(user, Fact("a", 1, -TimeSpan.FromDays(7).TotalMinutes, "e", false), false, CancellationToken.None);

        Assert.Equal(FactOutcome.TooOld, outcome);
        Assert.Empty((await contexts.ReadAsync(user, CancellationToken.None)).Facts);
    }

    [Fact]
    public async Task Ends_are_forgotten_after_their_time_with_all_that_was_known()
    {
        string user = Guid.NewGuid().ToString();
        double nearlyForgotten = (TimeSpan.FromSeconds(1.5) - IContextStore.TombstoneLife).TotalMinutes;
        await contexts.ApplyAsync(user, Fact("old", 1, nearlyForgotten, "e1", false), false, CancellationToken.None);
        await contexts.ApplyAsync(user, Fact("old", 2, nearlyForgotten, "e2", true), false, CancellationToken.None);

        // Forgetting is part of taking an end: each of these is newer than the one before, and so is taken.
        int version = 0;
        await TestServers.Eventually.UntilAsync(async () =>
        {
            Assert.Equal(FactOutcome.Taken, await contexts.ApplyAsync(user, Fact("new", ++version, 0, "e", true), false, CancellationToken.None));
            return (await contexts.ReadAsync(user, CancellationToken.None)).Facts.All(fact => fact.EntityId == "new");
        });
    }

    private static Gen<ContextFact[]> Facts { get; } = Gen.Select(Gen.OneOf("a", "b"), Gen.Int[0, 4], Gen.Int[-3, 3], Gen.OneOf("e1", "é2", "E3"), Gen.Int[0, 5])
        .Select(fact => Fact(fact.Item1, fact.Item2, fact.Item3, fact.Item4, fact.Item5 == 0))
        .Array[0, 12];

    // Each file once: gone where it has ended, else as its newest fact says.
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

    private async Task<IReadOnlyList<string>> ShownAsync(string user) =>
        [.. OrchestratorContext.Of(user, await contexts.ReadAsync(user, CancellationToken.None)).Files.Select(file => $"{file.FileId} {file.Filename}")];
}
