using McpFunctions.Local.FunctionsProtocol;

namespace Microsoft.Azure.Functions.Worker.Rpc;

internal sealed class InvocationTraceContext(RpcTraceContext? trace) : TraceContext
{
    public override string TraceParent => trace?.TraceParent ?? "";

    public override string TraceState => trace?.TraceState ?? "";

    public override IReadOnlyDictionary<string, string> Attributes => trace?.Attributes.AsReadOnly() ?? base.Attributes;

    public override IReadOnlyDictionary<string, string> Baggage => trace?.Baggage.AsReadOnly() ?? base.Baggage;
}
