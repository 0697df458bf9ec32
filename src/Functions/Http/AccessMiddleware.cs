using System.Collections.Concurrent;
using System.Reflection;
using McpFunctions.Domain;
using McpFunctions.Domain.Auth;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace McpFunctions.Functions.Http;

/// <summary>Lets a request through to its function where the function's <see cref="AccessAttribute"/> allows it; denies everything else.</summary>
/// <param name="tokens">Reads access tokens.</param>
public sealed class AccessMiddleware(IAccessTokens tokens) : IFunctionsWorkerMiddleware
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
                Principal principal = await AuthenticateAsync(request);
                if (access is null || (access.AdminOnly && !principal.IsAdmin))
                {
                    throw new ProblemException(Problem.Forbidden("Your role does not allow this."));
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

    private async Task<Principal> AuthenticateAsync(HttpRequestData request)
    {
        const string scheme = "Bearer ";
        string? credential = request.Header("Authorization");
        if (credential is null)
        {
            throw new ProblemException(Problem.Unauthenticated("Send an access token: 'Authorization: Bearer …'. POST /api/auth/login gives one."));
        }

        if (!credential.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new ProblemException(Problem.Unauthenticated("Only the scheme Bearer is known: 'Authorization: Bearer …'."));
        }

        Outcome<Principal> principal = await tokens.ReadAsync(credential[scheme.Length..].Trim());
        return principal.Failure is { } failure ? throw new ProblemException(Problem.Of(failure)) : principal.Value;
    }
}
