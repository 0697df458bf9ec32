using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>A user's context for an AI orchestrator: the joined facts of a <see cref="ContextSnapshot"/>.</summary>
public sealed record OrchestratorContext
{
    /// <summary>The most ended commands and workflows in a context.</summary>
    public const int MaxRecent = 20;

    /// <summary>The user.</summary>
    public required string UserId { get; init; }

    /// <summary>Counts the changes. A greater version shows that something has changed.</summary>
    [Range(0, int.MaxValue)]
    public required long Version { get; init; }

    /// <summary>The time of the newest event in it; absent if it is empty.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>The existing files, last changed first.</summary>
    public required IReadOnlyList<ContextFile> Files { get; init; }

    /// <summary>The running commands, last started first.</summary>
    public required IReadOnlyList<ContextCommand> ActiveCommands { get; init; }

    /// <summary>The commands that ended in the last week, last ended first; at most <see cref="MaxRecent"/>.</summary>
    public required IReadOnlyList<ContextCommand> RecentCommands { get; init; }

    /// <summary>The running workflows, and at most <see cref="MaxRecent"/> that ended in the last week, last changed first.</summary>
    public required IReadOnlyList<ContextWorkflow> Workflows { get; init; }

    /// <summary>The open sessions, newest first.</summary>
    public required IReadOnlyList<ContextSession> Sessions { get; init; }

    /// <summary>Joins the facts of each entity.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="snapshot">The facts.</param>
    /// <returns>The context.</returns>
    public static OrchestratorContext Of(string userId, ContextSnapshot snapshot)
    {
        IReadOnlyList<ContextEntity> commands = ContextEntity.OfKind(snapshot.Facts, "command");
        IReadOnlyList<ContextEntity> workflows = ContextEntity.OfKind(snapshot.Facts, "workflow");
        return new OrchestratorContext
        {
            UserId = userId,
            Version = snapshot.Version,
            UpdatedAt = snapshot.UpdatedAt,
            Files = [.. Newest(Living(ContextEntity.OfKind(snapshot.Facts, "file"))).Select(file => ContextFile.Of(file.Latest))],
            ActiveCommands = [.. Newest(Living(commands)).Select(ContextCommand.Of)],
            RecentCommands = [.. Newest(Ended(commands)).Take(MaxRecent).Select(ContextCommand.Of)],
            Workflows = [.. Newest(Living(workflows).Concat(Newest(Ended(workflows)).Take(MaxRecent))).Select(ContextWorkflow.Of)],
            Sessions = [.. Newest(Living(ContextEntity.OfKind(snapshot.Facts, "session"))).Select(ContextSession.Of)],
        };
    }

    private static IEnumerable<ContextEntity> Living(IEnumerable<ContextEntity> entities) => entities.Where(entity => entity.End is null);

    private static IEnumerable<ContextEntity> Ended(IEnumerable<ContextEntity> entities) => entities.Where(entity => entity.End is not null);

    private static IEnumerable<ContextEntity> Newest(IEnumerable<ContextEntity> entities) =>
        entities.OrderByDescending(entity => entity.Latest.Timestamp).ThenBy(entity => entity.Id, StringComparer.Ordinal);
}
