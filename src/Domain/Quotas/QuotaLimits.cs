namespace McpFunctions.Domain.Quotas;

/// <summary>How much a user may have.</summary>
/// <param name="Files">How many files.</param>
/// <param name="FileBytes">How many bytes in all files together.</param>
/// <param name="RunningCommands">How many commands that have not ended.</param>
/// <param name="RunningWorkflows">How many workflows that have not ended.</param>
public sealed record QuotaLimits(long Files, long FileBytes, long RunningCommands, long RunningWorkflows)
{
    /// <summary>The limits unless the settings say otherwise.</summary>
    public static QuotaLimits Default { get; } = new(100_000, 10L * 1024 * 1024 * 1024, 10_000, 10_000);
}
