using McpFunctions.Local.FunctionsProtocol;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>Tells the host of exceptions, as the official worker words them.</summary>
internal static class RpcExceptions
{
    /// <summary>An exception of the worker: its message is everything known about it.</summary>
    public static RpcException ToRpc(this Exception exception) => new()
    {
        Message = exception.ToString(),
        Source = exception.Source ?? "",
        StackTrace = exception.StackTrace ?? "",
    };

    /// <summary>An exception of the app's code, with its type.</summary>
    public static RpcException ToUserRpc(this Exception exception) => new()
    {
        Message = exception.Message,
        Source = exception.Source ?? "",
        StackTrace = exception.StackTrace ?? "",
        Type = exception.GetType().FullName ?? "",
        IsUserException = true,
    };

    public static StatusResult ToFailure(this Exception exception) =>
        new() { Status = StatusResult.Types.Status.Failure, Exception = exception.ToRpc() };
}
