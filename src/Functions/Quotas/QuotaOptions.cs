using McpFunctions.Domain.Quotas;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Quotas;

/// <summary>Limits for each user.</summary>
public sealed class QuotaOptions : IValidateOptions<QuotaOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Quotas";

    private const long MaxCount = 100_000_000;
    private const long MaxBytes = 1L << 50;

    /// <summary>The most files of a user. 1 to 100,000,000; 100,000 unless set.</summary>
    public long Files { get; set; } = QuotaLimits.Default.Files;

    /// <summary>The most bytes in all files of a user together. 1 to 2^50; 10 GiB unless set.</summary>
    public long FileBytes { get; set; } = QuotaLimits.Default.FileBytes;

    /// <summary>The most commands of a user that run at the same time. 1 to 100,000,000; 10,000 unless set.</summary>
    public long RunningCommands { get; set; } = QuotaLimits.Default.RunningCommands;

    /// <summary>The most workflows of a user that run at the same time. 1 to 100,000,000; 10,000 unless set.</summary>
    public long RunningWorkflows { get; set; } = QuotaLimits.Default.RunningWorkflows;

    /// <summary>The most bytes of notifications in an inbox. The gateway drops the oldest to make room. 64 KiB to 1 GiB; 8 MiB unless set.</summary>
    public long InboxBytes { get; set; } = 8L * 1024 * 1024;

    /// <summary>
    /// The most bytes in a user's orchestrator context. When it is full, the entities that ended first are removed; running ones stay. 64 KiB to 1 GiB;
    /// 32 MiB unless set.
    /// </summary>
    public long ContextBytes { get; set; } = 32L * 1024 * 1024;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, QuotaOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Problems(QuotaOptions options)
    {
        (string Name, long Value, long Min, long Max, long Usual)[] all =
        [
            (nameof(Files), options.Files, 1, MaxCount, QuotaLimits.Default.Files),
            (nameof(FileBytes), options.FileBytes, 1, MaxBytes, QuotaLimits.Default.FileBytes),
            (nameof(RunningCommands), options.RunningCommands, 1, MaxCount, QuotaLimits.Default.RunningCommands),
            (nameof(RunningWorkflows), options.RunningWorkflows, 1, MaxCount, QuotaLimits.Default.RunningWorkflows),
            (nameof(InboxBytes), options.InboxBytes, 64 * 1024, 1L << 30, 8L * 1024 * 1024),
            (nameof(ContextBytes), options.ContextBytes, 64 * 1024, 1L << 30, 32L * 1024 * 1024),
        ];
        return all
            .Where(each => each.Value < each.Min || each.Value > each.Max)
            .Select(each => $"Set Quotas__{each.Name} to a number from {each.Min} to {each.Max}, or leave it out for {each.Usual}.");
    }
}
