using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Keys;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Handles a request for a function: checks the key, then sends the invocation, with the request beside it or inside it.</summary>
internal sealed class HttpFunctionHandler(
    WorkerSupervisor workers,
    InvocationDispatcher dispatcher,
    RequestForwarder forwarder,
    RequestThrottle throttle,
    KeyAuthorization keys,
    HostSettings settings,
    ILogger logger
)
{
    public Task HandleAsync(HttpContext context, HttpTrigger trigger) => throttle.RunAsync(context, () => RunAsync(context, trigger));

    private async Task RunAsync(HttpContext context, HttpTrigger trigger)
    {
        var (request, response, gone) = (context.Request, context.Response, context.RequestAborted);
        var level = keys.LevelOf(request, trigger.Function.Name);
        if (level < trigger.Level)
        {
            response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (request.ContentLength > settings.MaxRequestBodySize)
        {
            await RequestBody.RefuseAsync(context);
            return;
        }

        RequestBody.Limit(context, settings.MaxRequestBodySize);
        var trace = TraceContexts.Create(request.Headers.TraceParent, request.Headers.TraceState, settings.HostJson.UsesOpenTelemetry);
        try
        {
            if (workers.TakesRequests)
            {
                if (RequestForwarder.RefusalOf(request) is { } status)
                {
                    response.StatusCode = status;
                    return;
                }

                await dispatcher.InvokeAsync(CreateForwarded(context, trigger, trace), gone);
                return;
            }

            var body = await RequestBody.ReadAsync(request, gone);
            if (RequestBody.IsChunked(request))
                logger.ChunkedBodyDropped(request.Method, request.Path);
            var result = await dispatcher.InvokeAsync(CreateWhole(request, trigger, body, level, trace), gone);
            await WriteAsync(context, trigger, result);
        }
        catch (Exception e) when (RequestBody.IsTooLarge(e))
        {
            await RequestBody.RefuseAsync(context);
        }
        catch (Exception e) when (e is InvocationException or OperationCanceledException)
        {
            // The details are only in the log. Keep a response that the worker sent before its function failed.
            if (e is not FunctionFailedException || !response.HasStarted)
                Fail(context, StatusOf(e));
        }
    }

    private Invocation CreateForwarded(HttpContext context, HttpTrigger trigger, RpcTraceContext trace) =>
        new(trigger.Function, Invocation.CalledByHost)
        {
            CreateRequest = capabilities => HttpInvocationRequest.CreateForwarded(context.Request, trigger, trace, capabilities),
            Forward = (capabilities, id, cancellationToken) =>
                forwarder.ForwardAsync(context, capabilities.HttpUri!, id, trace.TraceParent, cancellationToken),
        };

    private static Invocation CreateWhole(
        HttpRequest request,
        HttpTrigger trigger,
        ReadOnlyMemory<byte> body,
        AuthLevel level,
        RpcTraceContext trace
    ) =>
        new(trigger.Function, Invocation.CalledByHost)
        {
            CreateRequest = _ => HttpInvocationRequest.CreateWhole(request, trigger, body, level, trace),
        };

    private static int StatusOf(Exception exception) =>
        exception switch
        {
            WorkerUnavailableException => StatusCodes.Status503ServiceUnavailable,
            ForwardFailedException { RequestStatus: { } status } => status,
            _ => StatusCodes.Status500InternalServerError,
        };

    // A started response cannot change its status, so break the connection.
    private static void Fail(HttpContext context, int status)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.StatusCode = status;
    }

    private async Task WriteAsync(HttpContext context, HttpTrigger trigger, InvocationResponse result)
    {
        try
        {
            await HttpResponseWriter.WriteAsync(context.Response, trigger.Function, result, context.RequestAborted);
        }
        catch (Exception e) when (e is not OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
        {
            // The function set a header or status that HTTP does not allow. Respond as to an exception in the function.
            logger.ResponseNotSent(trigger.Function.Name, e.Message);
            Fail(context, StatusCodes.Status500InternalServerError);
        }
    }
}
