using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;

namespace McpFunctions.Functions.Http;

/// <summary>
/// Gives HTTP functions one cancellation token for two causes: the client disconnects, which the worker's own token does not
/// show, and the host cancels the invocation.
/// </summary>
internal sealed class RequestCancellation : IInputConverter
{
    /// <inheritdoc/>
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => ValueTask.FromResult(
        context.TargetType == typeof(CancellationToken) && context.FunctionContext.GetHttpContext() is { } http
            ? ConversionResult.Success(http.RequestAborted)
            : ConversionResult.Unhandled());
}
