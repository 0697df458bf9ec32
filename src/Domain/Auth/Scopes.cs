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
}
