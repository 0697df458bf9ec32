using McpFunctions.Domain.Quotas;
using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Quotas;

/// <summary>Limits for each user.</summary>
[OptionsValidator]
public sealed partial class QuotaOptions : IValidateOptions<QuotaOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Quotas";

    private const long MaxCount = 100_000_000;
    private const long MinMemory = 64 * 1024;
    private const long MaxMemory = 1L << 30;

    /// <summary>The most files of a user.</summary>
    [SettingRange(1, MaxCount)]
    public long Files { get; set; } = QuotaLimits.Default.Files;

    /// <summary>The most bytes in all files of a user together.</summary>
    [SettingRange(1, 1L << 50)]
    public long FileBytes { get; set; } = QuotaLimits.Default.FileBytes;

    /// <summary>The most commands of a user that run at the same time.</summary>
    [SettingRange(1, MaxCount)]
    public long RunningCommands { get; set; } = QuotaLimits.Default.RunningCommands;

    /// <summary>The most workflows of a user that run at the same time.</summary>
    [SettingRange(1, MaxCount)]
    public long RunningWorkflows { get; set; } = QuotaLimits.Default.RunningWorkflows;

    /// <summary>The most bytes of notifications in an inbox. The gateway drops the oldest to make room.</summary>
    [SettingRange(MinMemory, MaxMemory)]
    public long InboxBytes { get; set; } = 8L * 1024 * 1024;

    /// <summary>
    /// The most bytes in a user's orchestrator context. When it is full, the entities that ended first are removed; running ones stay.
    /// </summary>
    [SettingRange(MinMemory, MaxMemory)]
    public long ContextBytes { get; set; } = 32L * 1024 * 1024;
}
