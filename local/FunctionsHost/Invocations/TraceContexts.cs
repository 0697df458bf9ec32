using System.Diagnostics;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The W3C trace context of an invocation: a span of the host's in the caller's trace, or in a new one.</summary>
internal static class TraceContexts
{
    /// <param name="traceParent">The caller's <c>traceparent</c>; null, empty or malformed starts a trace.</param>
    /// <param name="traceState">The caller's <c>tracestate</c>.</param>
    /// <param name="sampleNew">Whether a trace that starts here is marked as sampled.</param>
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
