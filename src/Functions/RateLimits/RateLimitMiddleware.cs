using McpFunctions.Domain.Auth;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.Functions.RateLimits;

/// <summary>
/// Refuses the requests of a credential that sends too many. It stands after <see cref="AccessMiddleware"/>: counted is whoever
/// a credential has proved to be. Anonymous routes are not counted; logins have limits of their own.
/// </summary>
/// <param name="limiter">Counts.</param>
public sealed class RateLimitMiddleware(RateLimiter limiter) : IFunctionsWorkerMiddleware
{
    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        IFeatureCollection features = context.GetHttpContext()!.Features;
        if (features.Get<Principal>() is { } principal && await limiter.CountAsync(principal) is { } limit)
        {
            // The answer's headers, also where the answer is a problem.
            features.Set(limit);
            if (limit.IsExceeded)
            {
                throw new ProblemException(Problem.TooManyRequests(limit.Left));
            }
        }

        await next(context);
    }
}
