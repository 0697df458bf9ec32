using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Hosting;

/// <summary>
/// A service that begins again after an exception, with a warning and a pause of five seconds. An exception that leaves a
/// <see cref="BackgroundService"/> stops the app.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs the exceptions.</param>
public abstract partial class RestartingService(TimeProvider time, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly ILogger logger = logger;

    /// <summary>The clock.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>Works until the app stops, or until there is no more work.</summary>
    /// <param name="stoppingToken">Cancelled when the app stops.</param>
    /// <returns>A task that ends then. If it fails, the work begins again.</returns>
    protected abstract Task WorkAsync(CancellationToken stoppingToken);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!await TryAsync(() => WorkAsync(stoppingToken), stoppingToken))
        {
            await Task.Delay(Pause, Time, stoppingToken);
        }
    }

    /// <summary>Does a part of the work that must not end the rest.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Its cancellation is no failure.</param>
    /// <returns>False if it failed. The exception is in the log then.</returns>
    protected async Task<bool> TryAsync(Func<Task> part, CancellationToken cancellationToken)
    {
        try
        {
            await part();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(exception, GetType().Name);
            return false;
        }
        catch (OperationCanceledException)
        {
            // It was asked to end.
        }

        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Service} failed and goes on.")]
    private partial void LogFailed(Exception exception, string service);
}
