using System.Globalization;
using Google.Protobuf;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Extensions.Primitives;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Writes a function's result as the HTTP response.</summary>
internal static class HttpResponseWriter
{
    private const string PlainText = "text/plain; charset=utf-8";
    private const string Json = "application/json; charset=utf-8";

    public static Task WriteAsync(
        HttpResponse response,
        FunctionDefinition function,
        InvocationResponse invocation,
        CancellationToken cancellationToken
    )
    {
        var result = ResultOf(function, invocation);
        return result?.DataCase switch
        {
            null or TypedData.DataOneofCase.None => WriteNothing(response),
            TypedData.DataOneofCase.Http => WriteHttpAsync(response, result.Http, cancellationToken),
            _ => WriteBodyAsync(response, result, cancellationToken),
        };
    }

    // `$return` is the return value. A function with several outputs names the property with the response.
    private static TypedData? ResultOf(FunctionDefinition function, InvocationResponse invocation)
    {
        if (
            function.HttpOutput is { } output
            && output != "$return"
            && invocation.OutputData.FirstOrDefault(data => data.Name == output) is { } named
        )
            return named.Data;
        return invocation.ReturnValue;
    }

    private static Task WriteNothing(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static async Task WriteHttpAsync(HttpResponse response, RpcHttp http, CancellationToken cancellationToken)
    {
        response.StatusCode = int.TryParse(http.StatusCode, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : StatusCodes.Status200OK;
        foreach (var (name, value) in http.Headers)
            AddHeader(response, name, value);
        foreach (var (name, value) in http.NullableHeaders)
            AddHeader(response, name, value.Value);
        foreach (var cookie in http.Cookies)
            response.Cookies.Append(cookie.Name, cookie.Value, OptionsOf(cookie));

        if (http.Body is { } body)
            await WriteBodyAsync(response, body, cancellationToken);
    }

    private static void AddHeader(HttpResponse response, string name, string value)
    {
        // The server sets the framing. A function's value may not fit the body that is sent.
        if (
            name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
        )
            return;
        if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) && !HttpMethods.IsHead(response.HttpContext.Request.Method))
            return;
        response.Headers[name] = StringValues.Concat(response.Headers[name], value); // Append would drop an empty value
    }

    private static async Task WriteBodyAsync(HttpResponse response, TypedData body, CancellationToken cancellationToken)
    {
        var (bytes, contentType) = body.DataCase switch
        {
            TypedData.DataOneofCase.Bytes => (body.Bytes, null),
            TypedData.DataOneofCase.Stream => (body.Stream, null),
            TypedData.DataOneofCase.String => (ByteString.CopyFromUtf8(body.String), PlainText),
            TypedData.DataOneofCase.Json => (ByteString.CopyFromUtf8(body.Json), Json),
            TypedData.DataOneofCase.Int => (ByteString.CopyFromUtf8(body.Int.ToString(CultureInfo.InvariantCulture)), Json),
            TypedData.DataOneofCase.Double => (ByteString.CopyFromUtf8(body.Double.ToString("R", CultureInfo.InvariantCulture)), Json),
            TypedData.DataOneofCase.None => (ByteString.Empty, null),
            _ => throw new NotSupportedException($"'{body.DataCase}' is not the body of an HTTP response."),
        };

        // HTTP allows no body here. The server would break the connection.
        if (response.StatusCode is < 200 or StatusCodes.Status204NoContent or StatusCodes.Status304NotModified)
            return;

        response.ContentType ??= contentType;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
            response.ContentLength = bytes.Length;
        else
            response.ContentLength ??= bytes.Length;
        await response.Body.WriteAsync(bytes.Memory, cancellationToken);
    }

    private static CookieOptions OptionsOf(RpcHttpCookie cookie)
    {
        var options = new CookieOptions
        {
            SameSite = cookie.SameSite switch
            {
                RpcHttpCookie.Types.SameSite.Lax => SameSiteMode.Lax,
                RpcHttpCookie.Types.SameSite.Strict => SameSiteMode.Strict,
                RpcHttpCookie.Types.SameSite.ExplicitNone => SameSiteMode.None,
                _ => SameSiteMode.Unspecified,
            },
        };
        if (cookie.Domain is { } domain)
            options.Domain = domain.Value;
        if (cookie.Path is { } path)
            options.Path = path.Value;
        if (cookie.Secure is { } secure)
            options.Secure = secure.Value;
        if (cookie.HttpOnly is { } httpOnly)
            options.HttpOnly = httpOnly.Value;
        if (cookie.Expires?.Value is { } expires)
            options.Expires = expires.ToDateTimeOffset();
        if (cookie.MaxAge is { } maxAge)
            options.MaxAge = TimeSpan.FromSeconds(maxAge.Value);
        return options;
    }
}
