using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.FunctionsHost.Tests;

/// <summary>One invocation as a scripted function sees it.</summary>
internal sealed record ScriptedInvocation(
    ScriptedWorkerProcess Worker,
    InvocationRequest Request,
    string LoadedName,
    CancellationToken Cancelled
)
{
    public TypedData Input => Request.InputData[0].Data;

    public RpcHttp Http => Input.Http;
}
