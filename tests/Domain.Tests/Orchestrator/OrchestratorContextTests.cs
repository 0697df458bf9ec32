using System.Text.Json;
using CsCheck;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Orchestrator;

namespace McpFunctions.Domain.Tests.Orchestrator;

public sealed class OrchestratorContextTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 17, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_deleted_file_stays_deleted_whatever_other_facts_arrive()
    {
        var snapshot = new ContextSnapshot(3, Noon, [Fact("a", 1, 0), Fact("b", 1, 1), Fact("a", 2, 2, isTerminal: true)]);

        OrchestratorContext context = OrchestratorContext.Of("u", snapshot);

        Assert.Equal(["b"], context.Files.Select(file => file.FileId));
        Assert.Equal(3, context.Version);
    }

    [Fact]
    public void Files_come_with_the_last_changed_first()
    {
        var snapshot = new ContextSnapshot(3, Noon, [Fact("a", 1, 0), Fact("b", 1, 2), Fact("c", 1, 1)]);

        Assert.Equal(["b", "c", "a"], OrchestratorContext.Of("u", snapshot).Files.Select(file => file.FileId));
    }

    [Fact]
    public void The_order_of_facts_is_version_then_time_then_event() =>
        Gen.Select(Gen.Long[0, 20], Gen.Long[-5, 5], Gen.String[Gen.Char.AlphaNumeric, 1, 3]).Array[2].Sample(two =>
        {
            ContextFact[] facts = [.. two.Select(fact => Fact("a", fact.Item1, fact.Item2) with { EventId = fact.Item3 })];
            int expected = (two[0].Item1, two[0].Item2).CompareTo((two[1].Item1, two[1].Item2)) is not 0 and var order
                ? order
                : string.CompareOrdinal(two[0].Item3, two[1].Item3);

            Assert.Equal(Math.Sign(expected), Math.Sign(string.CompareOrdinal(facts[0].Order, facts[1].Order)));
        });

    private static ContextFact Fact(string id, long version, long minutes, bool isTerminal = false) => new()
    {
        Kind = "file",
        EntityId = id,
        IsTerminal = isTerminal,
        Version = version,
        Timestamp = Noon.AddMinutes(minutes),
        EventId = $"{id}{version}",
        Type = isTerminal ? EventTypes.FileDeleted : EventTypes.FileUploaded,
        Payload = JsonElement.Parse($$"""{"fileId":"{{id}}","filename":"{{id}}.txt"}"""),
    };
}
