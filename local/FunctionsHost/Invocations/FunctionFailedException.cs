namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The function threw. The worker has the details.</summary>
internal sealed class FunctionFailedException(FunctionsProtocol.RpcException details) : InvocationException(details.Message)
{
    public FunctionsProtocol.RpcException Details => details;
}
