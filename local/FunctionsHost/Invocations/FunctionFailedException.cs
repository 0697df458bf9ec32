namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The function threw; the details are the worker's.</summary>
internal sealed class FunctionFailedException(FunctionsProtocol.RpcException details) : InvocationException(details.Message)
{
    public FunctionsProtocol.RpcException Details => details;
}
