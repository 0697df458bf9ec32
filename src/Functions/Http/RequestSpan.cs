using System.Diagnostics;
using System.Globalization;
using McpFunctions.Functions.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Http;

/// <summary>
/// The server span of a request, in the trace that the host hands over. It has the route and never the path or the query: a client may send
/// a ticket or a token in them.
/// </summary>
internal static class RequestSpan
{
    private static readonly string[] KnownMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY"];

    /// <summary>Starts the span. Without a listener, an activity only carries the trace, which the events of the request always need.</summary>
    public static Activity? Start(FunctionContext context, HttpContext http)
    {
        string method = KnownMethods.Contains(http.Request.Method) ? http.Request.Method : "_OTHER";
        string? route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        string name = route is null ? method : $"{method} {route}";
        ActivityContext parent = Activity.Current is null && ActivityContext.TryParse(context.TraceContext.TraceParent, null, isRemote: true, out ActivityContext handed)
            ? handed
            : default;
        Activity? span = GatewaySource.Spans.StartActivity(name, ActivityKind.Server, parent);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("http.request.method", method).SetTag("http.route", route).SetTag("url.scheme", http.Request.Scheme);
        }

        return span ?? (Activity.Current is null
            ? new Activity(context.FunctionDefinition.Name).SetParentId(context.TraceContext.TraceParent ?? "").Start()
            : null);
    }

    /// <summary>Notes the response.</summary>
    public static void End(Activity? span, HttpContext http)
    {
        if (span is { IsAllDataRequested: true, Kind: ActivityKind.Server })
        {
            int status = http.Response.StatusCode;
            span.SetTag("http.response.status_code", status).SetTag("correlation.id", http.Request.CorrelationId());
            if (status >= 500)
            {
                span.Fail(status.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
