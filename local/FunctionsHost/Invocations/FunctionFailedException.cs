namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The function threw an exception. <see cref="Details"/> comes from the worker.</summary>
internal sealed class FunctionFailedException(FunctionsProtocol.RpcException details) : InvocationException(details.Message)
{
    public FunctionsProtocol.RpcException Details => details;
}
