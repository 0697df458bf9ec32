using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using McpFunctions.Local.FunctionsHost.Keys;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Extensions.Primitives;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Makes the invocation of an HTTP function.</summary>
internal static class HttpInvocationRequest
{
    private const string AuthLevelClaim = "http://schemas.microsoft.com/2017/07/functions/claims/authlevel";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For a worker that gets the request by HTTP. The invocation has at most the route values.</summary>
    public static InvocationRequest CreateForwarded(
        HttpRequest request,
        HttpTrigger trigger,
        RpcTraceContext trace,
        WorkerCapabilities capabilities
    )
    {
        var http = new RpcHttp();
        var routeValues = RouteValuesOf(request);
        if (capabilities.RequiresRouteParameters)
            AddRouteValues(http, routeValues);
        return CreateWith(http, request, trigger, routeValues, trace);
    }

    /// <summary>For a worker that gets the whole request in the invocation.</summary>
    public static InvocationRequest CreateWhole(
        HttpRequest request,
        HttpTrigger trigger,
        ReadOnlyMemory<byte> body,
        AuthLevel callerLevel,
        RpcTraceContext trace
    )
    {
        var http = new RpcHttp
        {
            Method = request.Method,
            Url =
                $"{request.Scheme}://{request.Host.ToUriComponent()}{request.Path.ToUriComponent()}{request.QueryString.ToUriComponent()}",
        };
        var routeValues = RouteValuesOf(request);
        AddRouteValues(http, routeValues);
        foreach (var (name, values) in request.Query)
            http.NullableQuery[name] = new NullableString { Value = values.ToString() };
        foreach (var (name, values) in request.Headers)
            http.NullableHeaders[name.ToLowerInvariant()] = new NullableString { Value = values.ToString() };
        if (!body.IsEmpty)
            http.Body = new TypedData { Bytes = UnsafeByteOperations.UnsafeWrap(body) };
        http.Identities.Add(IdentityOf(callerLevel));
        return CreateWith(http, request, trigger, routeValues, trace);
    }

    private static InvocationRequest CreateWith(
        RpcHttp http,
        HttpRequest request,
        HttpTrigger trigger,
        Dictionary<string, string> routeValues,
        RpcTraceContext trace
    )
    {
        var invocation = new InvocationRequest { TraceContext = trace };
        invocation.InputData.Add(new ParameterBinding { Name = trigger.Function.Trigger.Name, Data = new TypedData { Http = http } });
        AddTriggerMetadata(invocation, request, routeValues);
        return invocation;
    }

    private static void AddRouteValues(RpcHttp http, Dictionary<string, string> values)
    {
        foreach (var (name, value) in values)
            http.NullableParams[name] = new NullableString { Value = value };
    }

    private static RpcClaimsIdentity IdentityOf(AuthLevel level)
    {
        var identity = new RpcClaimsIdentity
        {
            AuthenticationType = new NullableString { Value = "WebJobsAuthLevel" },
            NameClaimType = new NullableString { Value = System.Security.Claims.ClaimTypes.Name },
            RoleClaimType = new NullableString { Value = System.Security.Claims.ClaimTypes.Role },
        };
        identity.Claims.Add(new RpcClaim { Type = AuthLevelClaim, Value = level.ToString() });
        return identity;
    }

    private static TypedData AsJson(IEnumerable<KeyValuePair<string, StringValues>> values) =>
        new() { Json = JsonSerializer.Serialize(values.ToDictionary(value => value.Key, value => value.Value.ToString()), Relaxed) };

    private static Dictionary<string, string> RouteValuesOf(HttpRequest request) =>
        request.RouteValues.Where(value => value.Value is not null).ToDictionary(value => value.Key, value => value.Value!.ToString()!);

    private static void AddTriggerMetadata(InvocationRequest invocation, HttpRequest request, Dictionary<string, string> routeValues)
    {
        var metadata = invocation.TriggerMetadata;
        metadata["Headers"] = AsJson(request.Headers);
        metadata["Query"] = AsJson(request.Query);

        // Only the host uses the key. A route value wins over a query value of the same name.
        foreach (var (name, value) in request.Query.Where(value => !value.Key.Equals("code", StringComparison.OrdinalIgnoreCase)))
            metadata[name] = new TypedData { String = value.ToString() };
        foreach (var (name, value) in routeValues)
            metadata[name] = new TypedData { String = value };
    }
}
