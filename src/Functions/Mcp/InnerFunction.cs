using System.Reflection;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpFunctions.Functions.Mcp;

/// <summary>
/// Calls an HTTP function of this app inside a request, for the same caller. So an MCP tool checks, does, publishes and answers what its
/// route does.
/// </summary>
internal sealed class InnerFunction
{
    private static readonly Dictionary<string, InnerFunction> s_byName =
        HttpFunction.All.Where(IsCallable).ToDictionary(function => function.Name, function => new InnerFunction(function));

    private readonly ObjectFactory? create;
    private readonly MethodInvoker invoke;
    private readonly ParameterInfo[] parameters;
    private readonly IdempotentAttribute? idempotent;

    private InnerFunction(HttpFunction declared)
    {
        Declared = declared;
        create = declared.Code.IsStatic ? null : ActivatorUtilities.CreateFactory(declared.Code.DeclaringType!, []);
        invoke = MethodInvoker.Create(declared.Code);
        parameters = declared.Code.GetParameters();
        idempotent = declared.Code.GetCustomAttribute<IdempotentAttribute>();
    }

    /// <summary>The function as its attributes declare it.</summary>
    public HttpFunction Declared { get; }

    /// <summary>The function with a name.</summary>
    /// <exception cref="KeyNotFoundException">No function that can be called has that name.</exception>
    public static InnerFunction Of(string name) => s_byName[name];

    /// <summary>Whether the caller may call it.</summary>
    public bool Allows(Principal principal) => AccessMiddleware.Refusal(Declared.Access, principal) is null;

    /// <summary>Checks that the caller may call it.</summary>
    /// <exception cref="ProblemException">The caller may not (403).</exception>
    public void CheckAccess(Principal principal)
    {
        if (AccessMiddleware.Refusal(Declared.Access, principal) is { } refusal)
        {
            throw new ProblemException(refusal);
        }
    }

    /// <summary>Calls it.</summary>
    /// <param name="outer">The request in which it is called.</param>
    /// <param name="request">The inner request.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="ProblemException">The function refuses the request.</exception>
    public async Task<FunctionResponse> CallAsync(HttpContext outer, FunctionRequest request, CancellationToken cancellationToken)
    {
        CheckAccess(outer.Request.Principal());
        HttpContext inner = ContextOf(outer, request, cancellationToken);
        if (idempotent is not null)
        {
            inner.Features.Set(await inner.Request.IdempotencyKeyAsync(idempotent, cancellationToken));
        }

        object?[] arguments = [.. parameters.Select(parameter => Argument(parameter, inner, request, cancellationToken))];
        IResult result = await (Task<IResult>)invoke.Invoke(create?.Invoke(outer.RequestServices, []), arguments.AsSpan())!;
        using var body = new MemoryStream();
        inner.Response.Body = body;
        await result.ExecuteAsync(inner);
        await inner.Response.CompleteAsync();
        return new FunctionResponse(inner.Response.StatusCode, inner.Response.Headers, body.ToArray());
    }

    private DefaultHttpContext ContextOf(HttpContext outer, FunctionRequest request, CancellationToken cancellationToken)
    {
        var inner = new DefaultHttpContext { RequestServices = outer.RequestServices, RequestAborted = cancellationToken };
        inner.Features.Set(outer.Features.Get<Principal>());
        inner.Features.Set(outer.Features.Get<CorrelationId>());
        inner.Connection.RemoteIpAddress = outer.Connection.RemoteIpAddress;
        inner.Request.Scheme = outer.Request.Scheme;
        inner.Request.Host = outer.Request.Host;
        inner.Request.Method = Declared.Method.ToUpperInvariant();
        inner.Request.Path = PathString.FromUriComponent($"/api/{string.Join('/', Declared.Route.Split('/').Select(step => Filled(step, request)))}");
        inner.Request.QueryString = QueryString.Create(request.Query.Where(each => each.Value is not null));
        foreach ((string name, string value) in request.Headers)
        {
            inner.Request.Headers[name] = value;
        }

        if (request.Body is { } content)
        {
            inner.Request.Body = new MemoryStream(content);
            inner.Request.ContentLength = content.Length;
            inner.Request.ContentType = request.ContentType;
        }

        return inner;
    }

    private static string Filled(string step, FunctionRequest request) =>
        step[0] == '{' ? Uri.EscapeDataString(request.Route[step[1..^1]]) : step;

    private static object? Argument(ParameterInfo parameter, HttpContext inner, FunctionRequest request, CancellationToken cancellationToken) =>
        parameter.ParameterType == typeof(HttpRequest) ? inner.Request
        : parameter.ParameterType == typeof(CancellationToken) ? cancellationToken
        // ASP.NET Core leaves an escaped slash in a value of a route as it is.
        : request.Route[parameter.Name!].Replace("/", "%2F", StringComparison.Ordinal);

    private static bool IsCallable(HttpFunction function) =>
        function.Code.ReturnType == typeof(Task<IResult>) && function.Access is { Anonymous: false, Ticket: false } && function.Code.DeclaringType != typeof(McpEndpointFunctions);
}
