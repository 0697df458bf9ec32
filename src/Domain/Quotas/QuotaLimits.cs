namespace McpFunctions.Domain.Quotas;

/// <summary>The quotas of a user.</summary>
/// <param name="Files">The most files.</param>
/// <param name="FileBytes">The most bytes in all files together.</param>
/// <param name="RunningCommands">The most running commands.</param>
/// <param name="RunningWorkflows">The most running workflows.</param>
public sealed record QuotaLimits(long Files, long FileBytes, long RunningCommands, long RunningWorkflows)
{
    /// <summary>The limits unless the settings say otherwise.</summary>
    public static QuotaLimits Default { get; } = new(100_000, 10L * 1024 * 1024 * 1024, 10_000, 10_000);
}
