using System.Diagnostics;
using McpFunctions.Functions.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Http;

/// <summary>
/// The outermost middleware of HTTP functions: it sends their results, turns every failure into problem details, and gives every
/// response the request's correlation id and the security headers.
/// </summary>
/// <param name="options">How slow a client may be.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs failures of the gateway.</param>
public sealed partial class ProblemMiddleware(IOptions<HttpOptions> options, TimeProvider time, ILogger<ProblemMiddleware> logger) : IFunctionsWorkerMiddleware
{
    private readonly ExceptionProblems problems = new(logger);

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        HttpContext http = context.GetHttpContext() ?? throw new InvalidOperationException("The function has no HTTP trigger.");

        using Activity? activity = RequestSpan.Start(context, http);
        http.Features.Set(CorrelationId.Of(http.Request));
        using IDisposable? scope = logger.BeginScope(new LogScope(http.Request.CorrelationId()));
        CancellationToken clientGone = http.RequestAborted;
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(clientGone, context.CancellationToken);
        http.RequestAborted = cancelled.Token;
        try
        {
            await next(context);
            if (context.GetInvocationResult().Value is IResult result)
            {
                // Execute the result here, not in the integration, so that a failure before the first byte can still become a problem.
                AddHeaders(http);
                await SendAsync(http, result);
            }
        }
        catch (Exception exception)
        {
            await RespondAsync(http, context, exception, clientGone);
        }
        finally
        {
            http.RequestAborted = clientGone;
            RequestSpan.End(activity, http);
        }

        // Everything is sent, so leave nothing for the integration.
        context.GetInvocationResult().Value = Results.Empty;
    }

    private async Task SendAsync(HttpContext http, IResult result)
    {
        IHttpResponseBodyFeature direct = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        await using var supervised = new SupervisedResponse(http, options.Value.SlowReaderTimeout, time, () =>
        {
            LogCutOff(options.Value.SlowReaderTimeout);
            http.Abort();
        });
        http.Response.Body = supervised;
        try
        {
            await result.ExecuteAsync(http);
        }
        finally
        {
            http.Features.Set(direct);
        }
    }

    private async Task RespondAsync(HttpContext http, FunctionContext context, Exception exception, CancellationToken clientGone)
    {
        Problem problem = problems.Of(exception, http.RequestAborted.IsCancellationRequested) with { TraceId = TraceIdOf(context) };
        if (clientGone.IsCancellationRequested)
        {
            return;
        }

        if (http.Response.HasStarted)
        {
            // The client must notice that the content is incomplete.
            LogBrokenOff(problem.Title);
            http.Abort();
            return;
        }

        http.Response.Clear();
        AddHeaders(http);
        await http.Response.WriteAsync(problem);
    }

    // Keep headers that the function set: a page needs a wider policy, and clients may cache content.
    private static void AddHeaders(HttpContext http)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers[CorrelationId.Header] = http.Request.CorrelationId();
        if (http.Features.Get<RateLimit>() is { } limit)
        {
            headers[RateLimit.PolicyHeader] = limit.Policy;
            headers[RateLimit.Header] = limit.Value;
        }

        headers.TryAdd("X-Content-Type-Options", "nosniff");
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers.TryAdd("X-Frame-Options", "DENY");
        headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
        headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
        headers.TryAdd("Cache-Control", "no-store");

        // Over http a browser must ignore it (RFC 6797, section 7.2).
        if (http.Request.IsHttps)
        {
            headers.TryAdd("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        }
    }

    private static string TraceIdOf(FunctionContext context) =>
        Activity.Current?.TraceId.ToString()
        ?? (ActivityContext.TryParse(context.TraceContext.TraceParent, null, out ActivityContext parent) ? parent.TraceId.ToString() : context.InvocationId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The response stopped in the middle: {Title}.")]
    private partial void LogBrokenOff(string title);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The client was cut off: it took nothing of the response for {Timeout}.")]
    private partial void LogCutOff(TimeSpan timeout);
}
