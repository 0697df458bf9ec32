using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Http;

/// <summary>
/// Refuses a request with an invocation id that no host made. The host adds the header <c>x-ms-invocation-id</c> only if the client sent
/// none, and the worker's package keeps an id that it does not know, so a client could fill the memory with long ones.
/// </summary>
internal sealed class InvocationIdFilter : IStartupFilter
{
    /// <summary>The header.</summary>
    public const string Header = "x-ms-invocation-id";

    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((http, continuation) =>
        {
            if (http.Request.Headers[Header] is [{ } id] && Guid.TryParseExact(id, "D", out _))
            {
                return continuation(http);
            }

            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        });
        next(app);
    };
}
