namespace McpFunctions.Domain.Auth;

/// <summary>What an API key may be good for. A session of a user has all of them, as far as the user's role allows.</summary>
public static class Scopes
{
    /// <summary>Read files.</summary>
    public const string FilesRead = "files:read";

    /// <summary>Store, change and delete files.</summary>
    public const string FilesWrite = "files:write";

    /// <summary>Start and end commands, and read them.</summary>
    public const string CommandsWrite = "commands:write";

    /// <summary>Trigger and end workflows, and read them.</summary>
    public const string WorkflowsWrite = "workflows:write";

    /// <summary>Read one's own inbox.</summary>
    public const string NotificationsRead = "notifications:read";

    /// <summary>Read the orchestrator's context.</summary>
    public const string ContextRead = "context:read";

    /// <summary>Read the audit log.</summary>
    public const string AuditRead = "audit:read";

    /// <summary>See to the delivery of events: replays, dead letters, consumers.</summary>
    public const string EventsAdmin = "events:admin";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [FilesRead, FilesWrite, CommandsWrite, WorkflowsWrite, NotificationsRead, ContextRead, AuditRead, EventsAdmin];

    /// <summary>What a role may be given.</summary>
    /// <param name="role">One of <see cref="Roles"/>.</param>
    /// <returns>All scopes for an administrator, all but the administrators' for anybody else.</returns>
    public static IReadOnlyList<string> Of(string role) =>
        role == Roles.Admin ? All : [.. All.Where(scope => scope is not (AuditRead or EventsAdmin))];
}
