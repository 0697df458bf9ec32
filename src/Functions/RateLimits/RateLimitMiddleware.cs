using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.Functions.RateLimits;

/// <summary>
/// Refuses the requests of a user who sends too many. It runs after <see cref="AccessMiddleware"/>, so it counts by the user whom
/// a credential proves. It does not count anonymous routes; logins have their own limits.
/// </summary>
/// <param name="limiter">Counts the requests.</param>
public sealed class RateLimitMiddleware(RateLimiter limiter) : IFunctionsWorkerMiddleware
{
    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        IFeatureCollection features = context.GetHttpContext()!.Features;
        if (features.Get<Principal>() is { } principal && await limiter.CountAsync(principal) is { } limit)
        {
            // Problem responses get these headers too.
            features.Set(limit);
            if (limit.IsExceeded)
            {
                throw new ProblemException(Problem.TooManyRequests(limit.Left));
            }
        }

        await next(context);
    }
}
