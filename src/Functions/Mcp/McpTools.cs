using McpFunctions.Domain.Identity;

namespace McpFunctions.Functions.Mcp;

/// <summary>The tools, each of which is a function of this app under another name.</summary>
internal static class McpTools
{
    /// <summary>All tools, in the order in which clients list them.</summary>
    public static IReadOnlyList<McpTool> All { get; } =
    [
        Of("list_files", "ListFiles", McpToolEffect.Reads),
        Of("get_file", "GetFile", McpToolEffect.Reads),
        Of("get_file_history", "GetFileHistory", McpToolEffect.Reads),
        Of("upload_file", "UploadFile", McpToolEffect.Adds, "Upload a file. Send its content as text, or its bytes as base64."),
        Of("replace_file", "ReplaceFile", McpToolEffect.Overwrites, "Replace a file's content. Send it as text, or its bytes as base64."),
        Of("rename_file", "RenameFile", McpToolEffect.Overwrites),
        Of("delete_file", "DeleteFile", McpToolEffect.Removes),
        Of("get_context", "GetOrchestratorContext", McpToolEffect.Reads),
        Of("get_notifications", "GetNotifications", McpToolEffect.Reads),
        Of("start_command", "StartCommand", McpToolEffect.Adds),
        Of("complete_command", "CompleteCommand", McpToolEffect.AddsOnce),
        Of("fail_command", "FailCommand", McpToolEffect.AddsOnce),
        Of("get_command", "GetCommand", McpToolEffect.Reads),
        Of("list_commands", "ListCommands", McpToolEffect.Reads),
        Waiting("wait_for_command", "GetCommand", "started", "Wait until one of your commands has completed or failed."),
        Of("trigger_workflow", "TriggerWorkflow", McpToolEffect.Adds),
        Of("complete_workflow", "CompleteWorkflow", McpToolEffect.AddsOnce),
        Of("get_workflow", "GetWorkflow", McpToolEffect.Reads),
        Of("list_workflows", "ListWorkflows", McpToolEffect.Reads),
        Waiting("wait_for_workflow", "GetWorkflow", "running", "Wait until one of your workflows has ended."),
        Of("search_audit", "GetAudit", McpToolEffect.Reads),
        Of("search_events", "ListEvents", McpToolEffect.Reads),
        Of("list_consumers", "ListConsumers", McpToolEffect.Reads),
        Of("get_delivery_series", "GetOperationsSeries", McpToolEffect.Reads),
        Of("list_dead_letters", "ListDeadLetters", McpToolEffect.Reads),
        Of("get_dead_letter", "GetDeadLetter", McpToolEffect.Reads),
        Of("retry_dead_letter", "RetryDeadLetter", McpToolEffect.AddsOnce),
        Of("retry_dead_letters", "RetryDeadLetters", McpToolEffect.AddsOnce),
        Of("edit_dead_letter", "EditDeadLetter", McpToolEffect.Overwrites),
        Of("discard_dead_letter", "DiscardDeadLetter", McpToolEffect.Removes),
        Of("count_events", "CountEvents", McpToolEffect.Reads),
        Of("start_replay", "ReplayEvents", McpToolEffect.Adds),
        Of("list_replays", "ListReplays", McpToolEffect.Reads),
        Of("get_replay", "GetReplay", McpToolEffect.Reads),
        Waiting("wait_for_replay", "GetReplay", "running", "Wait until a replay is done, paused or cancelled."),
        Of("pause_replay", "PauseReplay", McpToolEffect.AddsOnce),
        Of("resume_replay", "ResumeReplay", McpToolEffect.AddsOnce),
        Of("cancel_replay", "CancelReplay", McpToolEffect.Removes),
    ];

    private static readonly Dictionary<string, McpTool> s_byName = All.ToDictionary(tool => tool.Name);

    /// <summary>The tool with a name; null if there is none.</summary>
    public static McpTool? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>The tools that a caller may use.</summary>
    public static IEnumerable<McpTool> AllowedTo(Principal principal) => All.Where(tool => tool.Function.Allows(principal));

    private static McpTool Of(string name, string function, McpToolEffect effect, string? description = null) =>
        new(name, InnerFunction.Of(function), effect) { Description = description };

    private static McpTool Waiting(string name, string function, string status, string description) =>
        new(name, InnerFunction.Of(function), McpToolEffect.Reads) { WaitsWhile = status, Description = description };
}
