using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>What the AI orchestrator knows of a user: the facts of a <see cref="ContextSnapshot"/>, joined.</summary>
public sealed record OrchestratorContext
{
    /// <summary>The user.</summary>
    public required string UserId { get; init; }

    /// <summary>Counts the changes: a greater one means that something changed since.</summary>
    public required long Version { get; init; }

    /// <summary>The time of the newest event in it; absent where it is empty.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>The files that exist, the last changed first.</summary>
    public required IReadOnlyList<ContextFile> Files { get; init; }

    /// <summary>The commands that run.</summary>
    public required IReadOnlyList<JsonElement> ActiveCommands { get; init; }

    /// <summary>The commands that ended last.</summary>
    public required IReadOnlyList<JsonElement> RecentCommands { get; init; }

    /// <summary>The workflows.</summary>
    public required IReadOnlyList<JsonElement> Workflows { get; init; }

    /// <summary>The sessions that live.</summary>
    public required IReadOnlyList<JsonElement> Sessions { get; init; }

    /// <summary>Joins the facts of each entity.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="snapshot">The facts.</param>
    /// <returns>The context.</returns>
    public static OrchestratorContext Of(string userId, ContextSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ContextFact[] live = [.. snapshot.Facts
            .GroupBy(fact => (fact.Kind, fact.EntityId))
            .Where(facts => !facts.Any(fact => fact.IsTerminal))
            .Select(facts => facts.MaxBy(fact => fact.Order, StringComparer.Ordinal)!)];
        return new OrchestratorContext
        {
            UserId = userId,
            Version = snapshot.Version,
            UpdatedAt = snapshot.UpdatedAt,
            Files = [.. live
                .Where(fact => fact.Kind == "file")
                .OrderByDescending(fact => fact.Timestamp)
                .ThenBy(fact => fact.EntityId, StringComparer.Ordinal)
                .Select(ContextFile.Of)],
            ActiveCommands = [],
            RecentCommands = [],
            Workflows = [],
            Sessions = [],
        };
    }
}
