using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.Functions.Http;

/// <summary>Reads the <c>Idempotency-Key</c> of functions with <see cref="IdempotentAttribute"/>. <see cref="HttpRequests.Actor"/> passes it on.</summary>
public sealed class IdempotencyMiddleware : IFunctionsWorkerMiddleware
{
    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (FunctionCode<IdempotentAttribute>.AttributeOf(context) is { } idempotent)
        {
            HttpContext http = context.GetHttpContext()!;
            http.Features.Set(await http.Request.IdempotencyKeyAsync(idempotent, http.RequestAborted));
        }

        await next(context);
    }
}
