using McpFunctions.Domain.Files;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Files;

/// <summary>Deletes unused file content in the background.</summary>
/// <param name="collector">Deletes content that no file refers to.</param>
/// <param name="logger">Logs how many were deleted.</param>
public sealed partial class FileTimers(FileCollector collector, ILogger<FileTimers> logger)
{
    /// <summary>Deletes content that no file refers to, once an hour.</summary>
    [Function("CollectFiles")]
    public async Task Collect([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        int count = await collector.CollectAsync(cancellationToken);
        LogCollected(count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted the content of {Count} files that no longer exist.")]
    private partial void LogCollected(int count);
}
