using McpFunctions.Functions.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Timers;

/// <summary>Gives each run of a timer its span. A run that ends because the app stops is no failure.</summary>
/// <param name="logger">Logs runs that the stop of the app has ended.</param>
public sealed partial class TickMiddleware(ILogger<TickMiddleware> logger) : IFunctionsWorkerMiddleware
{
    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        using TickSpan? span = TickSpan.Begin(context.FunctionDefinition.Name);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            LogStopped(context.FunctionDefinition.Name);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "{Timer} stops with the app. It continues at its next run.")]
    private partial void LogStopped(string timer);
}
