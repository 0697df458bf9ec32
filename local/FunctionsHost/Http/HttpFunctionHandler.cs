using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Keys;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Answers a request for a function: key, body, invocation, response.</summary>
internal sealed class HttpFunctionHandler(InvocationDispatcher dispatcher, KeyAuthorization keys, HostJson hostJson, ILogger logger)
{
    public async Task HandleAsync(HttpContext context, HttpTrigger trigger)
    {
        var (request, response, gone) = (context.Request, context.Response, context.RequestAborted);
        var level = keys.LevelOf(request, trigger.Function.Name);
        if (level < trigger.Level)
        {
            response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (await RequestBody.ReadAsync(request, gone) is not { } body)
        {
            await RequestBody.RefuseAsync(context);
            return;
        }

        if (RequestBody.IsChunked(request))
            logger.ChunkedBodyDropped(request.Method, request.Path);

        var trace = TraceContexts.Create(request.Headers.TraceParent, request.Headers.TraceState, hostJson.UsesOpenTelemetry);
        var invocation = new Invocation(trigger.Function, Invocation.CalledByHost)
        {
            CreateRequest = capabilities => HttpInvocationRequest.Create(request, trigger, body, level, trace, capabilities),
        };

        try
        {
            var answer = await dispatcher.InvokeAsync(invocation, gone);
            await WriteAsync(context, trigger, answer);
        }
        catch (WorkerUnavailableException)
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
        catch (Exception e) when (e is InvocationException or OperationCanceledException)
        {
            // Details are in the log; a caller learns nothing of them.
            response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private async Task WriteAsync(HttpContext context, HttpTrigger trigger, FunctionsProtocol.InvocationResponse answer)
    {
        try
        {
            await HttpAnswer.WriteAsync(context.Response, trigger.Function, answer, context.RequestAborted);
        }
        catch (Exception e) when (e is not OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
        {
            // A header or status that HTTP does not allow is the function's fault, as an exception in it would be.
            logger.AnswerNotSent(trigger.Function.Name, e.Message);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }
}
