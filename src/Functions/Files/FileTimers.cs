using McpFunctions.Domain.Files;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Files;

/// <summary>What happens to files by itself.</summary>
/// <param name="collector">Deletes content that no file names.</param>
/// <param name="logger">Tells how much it was.</param>
public sealed partial class FileTimers(FileCollector collector, ILogger<FileTimers> logger)
{
    /// <summary>Deletes content that no file names, once an hour.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is done.</returns>
    [Function("CollectFiles")]
    public async Task Collect([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        int count = await collector.CollectAsync(cancellationToken);
        LogCollected(count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} contents that no file names.")]
    private partial void LogCollected(int count);
}
