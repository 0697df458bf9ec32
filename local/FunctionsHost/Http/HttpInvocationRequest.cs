using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using McpFunctions.Local.FunctionsHost.Keys;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Makes the invocation of an HTTP function, in the form that its worker's capabilities ask for.</summary>
internal static class HttpInvocationRequest
{
    private const string AuthLevelClaim = "http://schemas.microsoft.com/2017/07/functions/claims/authlevel";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static InvocationRequest Create(
        HttpRequest request,
        HttpTrigger trigger,
        ReadOnlyMemory<byte> body,
        AuthLevel callerLevel,
        RpcTraceContext trace,
        WorkerCapabilities capabilities
    )
    {
        var http = new RpcHttp
        {
            Method = request.Method,
            Url =
                $"{request.Scheme}://{request.Host.ToUriComponent()}{request.Path.ToUriComponent()}{request.QueryString.ToUriComponent()}",
        };
        var routeValues = RouteValuesOf(request);
        AddQuery(http, request.Query, capabilities);
        AddHeaders(http, request.Headers, capabilities);
        AddRouteValues(http, routeValues, capabilities);
        AddBody(http, request.ContentType, body, capabilities);
        http.Identities.Add(IdentityOf(callerLevel));

        var data = new TypedData { Http = http };
        var invocation = new InvocationRequest { TraceContext = trace };
        invocation.InputData.Add(new ParameterBinding { Name = trigger.Function.Trigger.Name, Data = data });
        AddTriggerMetadata(invocation, request, routeValues);
        if (!capabilities.WithoutHttpTriggerMetadata)
        {
            invocation.TriggerMetadata[trigger.Function.Trigger.Name] = data;
            invocation.TriggerMetadata["$request"] = data;
        }

        return invocation;
    }

    private static void AddQuery(RpcHttp http, IQueryCollection query, WorkerCapabilities capabilities)
    {
        foreach (var (name, values) in query)
        {
            var value = values.ToString();
            if (capabilities.NullableValues)
                http.NullableQuery[name] = new NullableString { Value = value };
            else if (value != "")
                http.Query[name] = value;
        }
    }

    private static void AddHeaders(RpcHttp http, IHeaderDictionary headers, WorkerCapabilities capabilities)
    {
        foreach (var (name, values) in headers)
        {
            var value = values.ToString();
            if (capabilities.NullableValues)
                http.NullableHeaders[name.ToLowerInvariant()] = new NullableString { Value = value };
            else if (value != "" || !capabilities.IgnoresEmptyHeaders)
                http.Headers[name.ToLowerInvariant()] = value;
        }
    }

    private static void AddRouteValues(RpcHttp http, Dictionary<string, string> values, WorkerCapabilities capabilities)
    {
        foreach (var (name, value) in values)
        {
            if (capabilities.NullableValues)
                http.NullableParams[name] = new NullableString { Value = value };
            else
                http.Params[name] = value;
        }
    }

    private static void AddBody(RpcHttp http, string? contentType, ReadOnlyMemory<byte> body, WorkerCapabilities capabilities)
    {
        if (body.IsEmpty)
            return;

        var media = MediaTypeHeaderValue.TryParse(contentType, out var parsed) ? parsed.MediaType.Value ?? "" : "";
        var isBinary =
            media.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase)
            || media.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase);
        var bytes = new TypedData { Bytes = UnsafeByteOperations.UnsafeWrap(body) };
        if (capabilities.BodyOnly)
        {
            http.Body = isBinary || capabilities.RawBodyBytes ? bytes : Text(body);
            return;
        }

        http.Body =
            isBinary ? bytes
            : media.Equals("application/json", StringComparison.OrdinalIgnoreCase) && IsJson(body)
                ? new TypedData { Json = Encoding.UTF8.GetString(body.Span) }
            : Text(body);
        http.RawBody = capabilities.RawBodyBytes ? bytes : Text(body);
    }

    private static TypedData Text(ReadOnlyMemory<byte> body) => new() { String = Encoding.UTF8.GetString(body.Span) };

    private static bool IsJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            JsonDocument.Parse(body).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
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

        // The key is the host's business; a route value wins over a query value of the same name.
        foreach (var (name, value) in request.Query.Where(value => !value.Key.Equals("code", StringComparison.OrdinalIgnoreCase)))
            metadata[name] = new TypedData { String = value.ToString() };
        foreach (var (name, value) in routeValues)
            metadata[name] = new TypedData { String = value };
    }
}
