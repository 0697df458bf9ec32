using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>The facts of one entity: the newest of its life, and its end. A late fact of its life only fills in fields that the end lacks.</summary>
/// <param name="Id">The entity.</param>
/// <param name="Live">The newest fact of its life; null if none has arrived.</param>
/// <param name="End">Its end; null while it lives.</param>
internal sealed record ContextEntity(string Id, ContextFact? Live, ContextFact? End)
{
    /// <summary>The decisive fact: its end, or else the newest of its life.</summary>
    public ContextFact Latest => End ?? Live!;

    /// <summary>A text from its end, or else from its life.</summary>
    public string? Text(string name) => End?.Payload.Text(name) ?? Live?.Payload.Text(name);

    /// <summary>The facts of each entity of a kind.</summary>
    public static IReadOnlyList<ContextEntity> OfKind(IEnumerable<ContextFact> facts, string kind) =>
    [
        .. facts.Where(fact => fact.Kind == kind).GroupBy(fact => fact.EntityId).Select(entity => new ContextEntity(
            entity.Key, Newest(entity.Where(fact => !fact.IsTerminal)), Newest(entity.Where(fact => fact.IsTerminal)))),
    ];

    private static ContextFact? Newest(IEnumerable<ContextFact> facts) => facts.MaxBy(fact => fact.Order, StringComparer.Ordinal);
}
