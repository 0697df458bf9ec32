namespace McpFunctions.Domain.Commands;

/// <summary>The states of a command. A started command ends once.</summary>
public static class CommandStatus
{
    /// <summary>The command runs.</summary>
    public const string Started = "started";

    /// <summary>The command has succeeded.</summary>
    public const string Completed = "completed";

    /// <summary>The command has failed.</summary>
    public const string Failed = "failed";
}
