namespace McpFunctions.Domain.Events;

/// <summary>The event types of the decision record (ADR-003), as they stand in <see cref="DomainEvent.Type"/>.</summary>
public static class EventTypes
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        FileUploaded, FileUpdated, FileDeleted, CommandStarted, CommandCompleted, CommandFailed, SessionCreated, SessionExpired, AuthLogin, AuthLogout,
        AuthFailed, ApiKeyCreated, ApiKeyRevoked, WorkflowTriggered, WorkflowCompleted, SystemHealthDegraded, SystemHealthRestored,
    ];

    /// <summary>A file was stored.</summary>
    public const string FileUploaded = "file.uploaded";

    /// <summary>The content or name of a file changed.</summary>
    public const string FileUpdated = "file.updated";

    /// <summary>A file was deleted.</summary>
    public const string FileDeleted = "file.deleted";

    /// <summary>An MCP command started.</summary>
    public const string CommandStarted = "command.started";

    /// <summary>An MCP command succeeded.</summary>
    public const string CommandCompleted = "command.completed";

    /// <summary>An MCP command failed.</summary>
    public const string CommandFailed = "command.failed";

    /// <summary>A session started.</summary>
    public const string SessionCreated = "session.created";

    /// <summary>A session ended: expired, logged out or revoked.</summary>
    public const string SessionExpired = "session.expired";

    /// <summary>Somebody signed in.</summary>
    public const string AuthLogin = "auth.login";

    /// <summary>Somebody signed out.</summary>
    public const string AuthLogout = "auth.logout";

    /// <summary>A credential was rejected.</summary>
    public const string AuthFailed = "auth.failed";

    /// <summary>An API key was created.</summary>
    public const string ApiKeyCreated = "apikey.created";

    /// <summary>An API key was revoked.</summary>
    public const string ApiKeyRevoked = "apikey.revoked";

    /// <summary>A workflow was triggered.</summary>
    public const string WorkflowTriggered = "workflow.triggered";

    /// <summary>A workflow ended.</summary>
    public const string WorkflowCompleted = "workflow.completed";

    /// <summary>The health of a component became worse.</summary>
    public const string SystemHealthDegraded = "system.health.degraded";

    /// <summary>The health of a component recovered.</summary>
    public const string SystemHealthRestored = "system.health.restored";
}
