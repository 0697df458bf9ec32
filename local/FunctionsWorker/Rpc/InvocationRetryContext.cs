using RpcRetryContext = McpFunctions.Local.FunctionsProtocol.RetryContext;

namespace Microsoft.Azure.Functions.Worker.Rpc;

internal sealed class InvocationRetryContext(RpcRetryContext? retry) : RetryContext
{
    public override int RetryCount => retry?.RetryCount ?? 0;

    public override int MaxRetryCount => retry?.MaxRetryCount ?? 0;
}
