using System.Diagnostics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Delivery;
using McpFunctions.Functions.RateLimits;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Http;

/// <summary>
/// The outermost middleware of HTTP functions: every failure becomes problem details, and every answer gets the
/// request's correlation id and the security headers.
/// </summary>
/// <param name="logger">Tells of failures that are ours.</param>
public sealed partial class ProblemMiddleware(ILogger<ProblemMiddleware> logger) : IFunctionsWorkerMiddleware
{
    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (await context.GetHttpRequestDataAsync() is not { } request)
        {
            await next(context);
            return;
        }

        // The worker starts an activity only where something listens; the events of the request carry its trace all the same.
        using Activity? activity = Activity.Current is null
            ? new Activity(context.FunctionDefinition.Name).SetParentId(context.TraceContext.TraceParent ?? "").Start()
            : null;
        CorrelationId correlationId = CorrelationId.Of(request);
        context.Features.Set(correlationId);
        Uri? url = null;
        try
        {
            // First: whoever needs it later can rely on it.
            url = request.ReadUrl();
            await next(context);
        }
        catch (Exception exception)
        {
            Problem problem = Answer(exception, context.CancellationToken.IsCancellationRequested) with { TraceId = TraceIdOf(context) };
            context.GetInvocationResult().Value = await request.ProblemAsync(problem);
        }

        if (context.GetInvocationResult().Value is HttpResponseData response)
        {
            response.Headers.Add(CorrelationId.Header, correlationId.Value);
            if (context.Features.Get<RateLimit>() is { } limit)
            {
                response.Headers.Add(RateLimit.PolicyHeader, limit.Policy);
                response.Headers.Add(RateLimit.Header, limit.Value);
            }

            AddSecurityHeaders(request, url, response);
        }
    }

    // What a function has set stays: a page needs more than nothing, and content may be kept by its client.
    private static void AddSecurityHeaders(HttpRequestData request, Uri? url, HttpResponseData response)
    {
        (string Name, string Value)[] headers =
        [
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
            ("Cache-Control", "no-store"),
        ];
        foreach ((string name, string value) in headers.Where(header => !response.Headers.Contains(header.Name)))
        {
            response.Headers.Add(name, value);
        }

        // Over http a browser must ignore it (RFC 6797, section 7.2); before the gateway, a proxy may have ended the TLS.
        if (url?.Scheme == Uri.UriSchemeHttps || request.Header("X-Forwarded-Proto")?.Split(',')[^1].Trim() == Uri.UriSchemeHttps)
        {
            response.Headers.Add("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        }
    }

    private static string TraceIdOf(FunctionContext context) =>
        Activity.Current?.TraceId.ToString()
        ?? (ActivityContext.TryParse(context.TraceContext.TraceParent, null, out ActivityContext parent) ? parent.TraceId.ToString() : context.InvocationId);

    private Problem Answer(Exception exception, bool isCancelled)
    {
        switch (exception)
        {
            // What a cancelled call to storage throws may look like an outage.
            case var _ when isCancelled && (exception is DependencyUnavailableException || StorageCall.IsOutage(exception)):
                LogGivenUp();
                return Problem.GivenUp();
            case ProblemException refused:
                return refused.Problem;
            case DependencyUnavailableException unavailable:
                LogUnavailable(unavailable.Dependency, unavailable.Reason);
                return Problem.Unavailable(unavailable.Dependency);
            default:
                LogInternal(exception);
                return Problem.Internal();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The request was given up: by its client, or because it took too long or the app stops.")]
    private partial void LogGivenUp();

    // No stack trace: while a dependency is down, every request ends here.
    [LoggerMessage(Level = LogLevel.Warning, Message = "The request was answered with 503: {Dependency} is unavailable ({Reason}).")]
    private partial void LogUnavailable(string dependency, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The request was answered with 500.")]
    private partial void LogInternal(Exception exception);
}
