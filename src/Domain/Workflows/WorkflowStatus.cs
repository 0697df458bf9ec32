namespace McpFunctions.Domain.Workflows;

/// <summary>The states of a workflow. A running workflow ends once.</summary>
public static class WorkflowStatus
{
    /// <summary>The workflow runs.</summary>
    public const string Running = "running";

    /// <summary>The workflow has succeeded.</summary>
    public const string Succeeded = "succeeded";

    /// <summary>The workflow has failed.</summary>
    public const string Failed = "failed";
}
