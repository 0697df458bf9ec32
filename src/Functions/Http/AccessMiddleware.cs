using McpFunctions.Domain.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.Functions.Http;

/// <summary>Lets a request through to its function if the function's <see cref="AccessAttribute"/> allows it; denies everything else.</summary>
/// <param name="credentials">Identifies the caller.</param>
public sealed class AccessMiddleware(RequestCredentials credentials) : IFunctionsWorkerMiddleware
{
    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        HttpContext http = context.GetHttpContext()!;
        AccessAttribute? access = FunctionCode<AccessAttribute>.AttributeOf(context);
        if (access?.NamesMetadata == true)
        {
            http.Features.Set(ResourceMetadata.Of(http.Request));
        }

        if (!IsOpen(access))
        {
            Principal principal = await credentials.AuthenticateAsync(http.Request, access?.Ticket == true, http.RequestAborted);
            if (Refusal(access, principal) is { } refusal)
            {
                throw new ProblemException(refusal);
            }

            http.Features.Set(principal);
        }

        await next(context);
    }

    /// <summary>Whether a function may be called without a credential.</summary>
    internal static bool IsOpen(AccessAttribute? access) => access is { Anonymous: true };

    /// <summary>The reason to deny a call; null if it is allowed. A function without the attribute denies every call.</summary>
    internal static Problem? Refusal(AccessAttribute? access, Principal principal) => access switch
    {
        null => Problem.Forbidden("Your role does not allow this."),
        { AdminOnly: true } when !principal.IsAdmin => Problem.Forbidden("Your role does not allow this."),
        _ when principal.KeyId is null || IsAllowed(access, principal) => null,
        { Scope: null } => Problem.Forbidden("An API key cannot do this. Sign in."),
        _ => Problem.Forbidden($"The API key lacks the scope '{access.Scope}'."),
    };

    private static bool IsAllowed(AccessAttribute access, Principal key) =>
        access.AnyCredential || (access.Scope is not null && Scopes.Allow(key.Scopes, access.Scope));
}
