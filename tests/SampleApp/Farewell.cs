using Microsoft.Extensions.Hosting;

namespace McpFunctions.SampleApp;

/// <summary>Logs when the app stops. This is the last line that a host gets from the app.</summary>
internal sealed partial class Farewell(ILogger<Farewell> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogStarted();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        LogStopped();
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The sample app starts.")]
    private partial void LogStarted();

    [LoggerMessage(Level = LogLevel.Information, Message = "The sample app stops.")]
    private partial void LogStopped();
}
