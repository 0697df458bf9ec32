using System.Collections.Concurrent;
using System.Reflection;
using McpFunctions.Domain.Auth;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.Functions.Http;

/// <summary>Lets a request through to its function where the function's <see cref="AccessAttribute"/> allows it; denies everything else.</summary>
/// <param name="credentials">Finds out who sends a request.</param>
public sealed class AccessMiddleware(RequestCredentials credentials) : IFunctionsWorkerMiddleware
{
    private static readonly ConcurrentDictionary<string, AccessAttribute?> ByEntryPoint = new();

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (await context.GetHttpRequestDataAsync() is { } request)
        {
            AccessAttribute? access = ByEntryPoint.GetOrAdd(context.FunctionDefinition.EntryPoint, FindAccess);
            if (access is not { Anonymous: true })
            {
                Principal principal = await credentials.AuthenticateAsync(request, context.CancellationToken);
                if (access is null || (access.AdminOnly && !principal.IsAdmin))
                {
                    throw new ProblemException(Problem.Forbidden("Your role does not allow this."));
                }

                if (principal.KeyId is not null && !IsAllowed(access, principal))
                {
                    throw new ProblemException(Problem.Forbidden(
                        access.Scope is null ? "An API key cannot do this. Sign in." : $"The API key lacks the scope '{access.Scope}'."));
                }

                context.Features.Set(principal);
            }
        }

        await next(context);
    }

    private static AccessAttribute? FindAccess(string entryPoint)
    {
        int dot = entryPoint.LastIndexOf('.');
        return typeof(AccessMiddleware).Assembly.GetType(entryPoint[..dot])?.GetMethod(entryPoint[(dot + 1)..])?.GetCustomAttribute<AccessAttribute>();
    }

    private static bool IsAllowed(AccessAttribute access, Principal key) =>
        access.AnyCredential || (access.Scope is not null && key.Scopes.Contains(access.Scope));
}
