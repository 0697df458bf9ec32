using System.Diagnostics;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The W3C trace context of an invocation: a new span of the host, in the caller's trace or in a new trace.</summary>
internal static class TraceContexts
{
    /// <param name="traceParent">The caller's <c>traceparent</c>. A missing or malformed one starts a new trace.</param>
    /// <param name="traceState">The caller's <c>tracestate</c>.</param>
    /// <param name="sampleNew">Whether a new trace is sampled.</param>
    public static RpcTraceContext Create(string? traceParent, string? traceState, bool sampleNew)
    {
        var continues = ActivityContext.TryParse(traceParent, traceState, out var caller);
        var traceId = continues ? caller.TraceId : ActivityTraceId.CreateRandom();
        var sampled = continues ? caller.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) : sampleNew;
        return new RpcTraceContext
        {
            TraceParent = $"00-{traceId}-{ActivitySpanId.CreateRandom()}-{(sampled ? "01" : "00")}",
            TraceState = (continues ? traceState : null) ?? "",
        };
    }
}
