namespace McpFunctions.Domain.Identity;

/// <summary>The scopes of API keys. A session has all scopes that the user's role allows.</summary>
public static class Scopes
{
    /// <summary>Read files.</summary>
    public const string FilesRead = "files:read";

    /// <summary>Store, change and delete files.</summary>
    public const string FilesWrite = "files:write";

    /// <summary>Read commands.</summary>
    public const string CommandsRead = "commands:read";

    /// <summary>Start, complete and read commands.</summary>
    public const string CommandsWrite = "commands:write";

    /// <summary>Read workflows.</summary>
    public const string WorkflowsRead = "workflows:read";

    /// <summary>Trigger, complete and read workflows.</summary>
    public const string WorkflowsWrite = "workflows:write";

    /// <summary>Read one's own inbox.</summary>
    public const string NotificationsRead = "notifications:read";

    /// <summary>Read the orchestrator's context.</summary>
    public const string ContextRead = "context:read";

    /// <summary>Read the audit log.</summary>
    public const string AuditRead = "audit:read";

    /// <summary>Operate the delivery of events: replays, dead letters, consumers.</summary>
    public const string EventsAdmin = "events:admin";

    /// <summary>Read another user's files, context and events.</summary>
    public const string UsersRead = "users:read";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        FilesRead, FilesWrite, CommandsRead, CommandsWrite, WorkflowsRead, WorkflowsWrite, NotificationsRead, ContextRead, AuditRead, EventsAdmin, UsersRead,
    ];

    /// <summary>The scopes that a role may have.</summary>
    /// <param name="role">One of <see cref="Roles"/>.</param>
    /// <returns>All scopes for an administrator, all but the administrators' for anybody else.</returns>
    public static IReadOnlyList<string> Of(string role) =>
        role == Roles.Admin ? All : [.. All.Where(scope => scope is not (AuditRead or EventsAdmin or UsersRead))];

    /// <summary>Whether scopes include a needed scope. The right to write commands or workflows includes the right to read them.</summary>
    /// <param name="held">The scopes of a credential.</param>
    /// <param name="needed">The scope that is needed.</param>
    public static bool Allow(IReadOnlyList<string> held, string needed) =>
        held.Contains(needed)
            || (needed == CommandsRead && held.Contains(CommandsWrite))
            || (needed == WorkflowsRead && held.Contains(WorkflowsWrite));
}
