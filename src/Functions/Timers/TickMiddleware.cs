using McpFunctions.Functions.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.Functions.Timers;

/// <summary>Gives each run of a timer its span.</summary>
public sealed class TickMiddleware : IFunctionsWorkerMiddleware
{
    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        using TickSpan? span = TickSpan.Begin(context.FunctionDefinition.Name);
        try
        {
            await next(context);
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
    public static bool IsTimer(FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type.Equals("timerTrigger", StringComparison.OrdinalIgnoreCase));
    }
}
