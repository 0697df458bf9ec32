namespace McpFunctions.Domain.Commands;

/// <summary>What a command may be. Only one that is started can end, and it ends once.</summary>
public static class CommandStatus
{
    /// <summary>It runs.</summary>
    public const string Started = "started";

    /// <summary>It ended well.</summary>
    public const string Completed = "completed";

    /// <summary>It ended with an error.</summary>
    public const string Failed = "failed";
}
