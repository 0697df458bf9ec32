namespace McpFunctions.Domain.Workflows;

/// <summary>What a workflow may be. Only one that runs can end, and it ends once.</summary>
public static class WorkflowStatus
{
    /// <summary>It runs.</summary>
    public const string Running = "running";

    /// <summary>It ended well.</summary>
    public const string Succeeded = "succeeded";

    /// <summary>It ended otherwise.</summary>
    public const string Failed = "failed";
}
