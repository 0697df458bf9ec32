using System.Collections.Concurrent;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Timers;

/// <summary>
/// Gives each run of a timer its span. A run that ends because the app stops or a dependency is down is no failure: nothing is lost, since the next
/// run continues.
/// </summary>
/// <param name="logger">Logs dependencies that are down, and runs that the stop of the app has ended.</param>
public sealed partial class TickMiddleware(ILogger<TickMiddleware> logger) : IFunctionsWorkerMiddleware
{
    // The timers that have logged an outage. Once is enough, since most run every few seconds.
    private readonly ConcurrentDictionary<string, bool> waiting = new();

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        string timer = context.FunctionDefinition.Name;
        using TickSpan? span = TickSpan.Begin(timer);
        try
        {
            await next(context);
            if (waiting.TryRemove(timer, out _))
            {
                LogGoesOn(timer);
            }
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception))
        {
            if (waiting.TryAdd(timer, true))
            {
                LogWaits(timer, DependencyUnavailableException.ReasonOf(exception));
            }
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            LogStopped(timer);
        }
        catch (Exception exception) when (span is not null)
        {
            span.Fail(exception);
            throw;
        }
    }

    /// <summary>Whether a function is a timer.</summary>
    /// <param name="context">Its invocation.</param>
    /// <returns>True if a timer triggers it.</returns>
    public static bool IsTimer(FunctionContext context) =>
        context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type.Equals("timerTrigger", StringComparison.OrdinalIgnoreCase));

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Timer} cannot work: a dependency is down ({Reason}). It tries again at its next run.")]
    private partial void LogWaits(string timer, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Timer} works again.")]
    private partial void LogGoesOn(string timer);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Timer} stops with the app. It continues at its next run.")]
    private partial void LogStopped(string timer);
}
