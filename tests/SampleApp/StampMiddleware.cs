using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.SampleApp;

/// <summary>Puts a header on every HTTP answer.</summary>
internal sealed class StampMiddleware : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        await next(context);
        context.GetHttpResponseData()?.Headers.Add("x-sample", context.FunctionDefinition.Name);
    }
}
