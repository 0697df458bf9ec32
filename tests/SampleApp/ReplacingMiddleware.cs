using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.SampleApp;

/// <summary>Answers in place of the function.</summary>
internal sealed class ReplacingMiddleware : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        await next(context);

        var request = await context.GetHttpRequestDataAsync();
        var response = request!.CreateResponse(HttpStatusCode.Accepted);
        await response.WriteStringAsync($"instead of {await TextOfAsync(context.GetHttpResponseData()!)}");
        context.GetInvocationResult().Value = response;
    }

    private static async Task<string> TextOfAsync(HttpResponseData response)
    {
        response.Body.Position = 0;
        return await new StreamReader(response.Body).ReadToEndAsync();
    }
}
