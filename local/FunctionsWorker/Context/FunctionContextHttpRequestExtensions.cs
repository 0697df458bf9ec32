using Microsoft.Azure.Functions.Worker.Http;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>The HTTP request and response of an invocation, for middleware.</summary>
public static class FunctionContextHttpRequestExtensions
{
    /// <summary>Gets the request of an HTTP-triggered invocation.</summary>
    /// <param name="context">The invocation.</param>
    /// <returns>The request; null where the trigger is not HTTP.</returns>
    public static ValueTask<HttpRequestData?> GetHttpRequestDataAsync(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(InvocationBindings.Of(context).InputData.Values.OfType<HttpRequestData>().FirstOrDefault());
    }

    /// <summary>Gets the response that the function has returned.</summary>
    /// <param name="context">The invocation, after the function ran.</param>
    /// <returns>The response; null where there is none.</returns>
    public static HttpResponseData? GetHttpResponseData(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var bindings = InvocationBindings.Of(context);
        return bindings.Result as HttpResponseData ?? bindings.OutputData.Values.OfType<HttpResponseData>().FirstOrDefault();
    }
}
