using Yarp.ReverseProxy.Forwarder;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The HTTP request did not reach the worker, or the response did not reach the client.</summary>
internal sealed class ForwardFailedException(ForwarderError error, Exception? cause)
    : InvocationException($"Failed to proxy request with ForwarderError: {error}{(cause is null ? "" : $" ({cause.Message})")}")
{
    /// <summary>The status for an invalid request, such as one with a body that is too large. Null for any other failure.</summary>
    public int? RequestStatus { get; } = Find<BadHttpRequestException>(cause)?.StatusCode;

    private static T? Find<T>(Exception? exception)
        where T : Exception => exception is null ? null : exception as T ?? Find<T>(exception.InnerException);
}
