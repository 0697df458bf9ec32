using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.SampleApp;

/// <summary>Functions that respond in every way that a host could break.</summary>
internal sealed class ResponseFunctions(Gate gate)
{
    [Function("Text")]
    public static IResult Text([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "text")] HttpRequest request) =>
        Results.Text("Grüße, 世界 👋");

    [Function("Nothing")]
    public static void Nothing([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "nothing")] HttpRequest request)
    {
    }

    [Function("Status")]
    public static IResult Status(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "status/{code:int}")] HttpRequest request, int code) =>
        Results.StatusCode(code);

    [Function("Verbs")]
    public static IResult Verbs(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "options", Route = "verbs")] HttpRequest request)
    {
        request.HttpContext.Response.Headers["x-verb"] = request.Method;
        return Results.Text("verbs");
    }

    [Function("Headers")]
    public static IResult Headers([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "headers")] HttpRequest request)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.Append("x-several", "one");
        headers.Append("x-several", "two");
        headers["x-empty"] = "";
        request.HttpContext.Response.Cookies.Append("plain", "1");
        request.HttpContext.Response.Cookies.Append("full", "a=b", new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict });
        return Results.Redirect("/elsewhere");
    }

    /// <summary>Claims that the body is compressed. The host must not check this.</summary>
    [Function("Encoded")]
    public static IResult Encoded([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "encoded")] HttpRequest request)
    {
        request.HttpContext.Response.Headers.ContentEncoding = "gzip";
        return Results.Bytes(new byte[] { 1, 2, 3 });
    }

    /// <summary>Returns a body of the requested length. Byte <c>i</c> is <c>i % 251</c>.</summary>
    [Function("Produce")]
    public static IResult Produce(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "produce/{length:int}")] HttpRequest request, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)(i % 251);
        return Results.Bytes(bytes, "application/octet-stream");
    }

    /// <summary>Sends one event, and one more for each call of <see cref="OpenGate"/>.</summary>
    [Function("Events")]
    public async Task Events(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "events/{count:int}")] HttpRequest request, int count)
    {
        var response = request.HttpContext.Response;
        response.ContentType = "text/event-stream";
        for (var n = 1; n <= count; n++)
        {
            await response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"data: {n}\n\n"));
            await response.Body.FlushAsync();
            if (n < count)
                await gate.PassAsync(request.HttpContext.RequestAborted);
        }
    }

    [Function("OpenGate")]
    public void OpenGate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "gate")] HttpRequest request) => gate.Open();

    /// <summary>Responds without reading the body.</summary>
    [Function("Refuse")]
    public static IResult Refuse([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "refuse")] HttpRequest request) =>
        Results.Text("refused", statusCode: StatusCodes.Status413PayloadTooLarge);

    /// <summary>Hashes the body while it arrives.</summary>
    [Function("Measure")]
    public static async Task<IResult> Measure(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "measure")] HttpRequest request, FunctionContext context)
    {
        var logger = context.GetLogger("Sample.Measure");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[81920];
        var length = 0L;
        while (await request.Body.ReadAsync(buffer) is var read and > 0)
        {
            if (length == 0)
                Log.FirstBytes(logger, read);
            length += read;
            hash.AppendData(buffer, 0, read);
        }

        return Results.Json(new Measurement(length, Convert.ToHexStringLower(hash.GetHashAndReset())));
    }

    /// <summary>Returns the request as it arrived.</summary>
    [Function("Echo")]
    public static async Task<IResult> Echo(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "echo/{name?}")] HttpRequest request, string? name, FunctionContext context)
    {
        using var reader = new StreamReader(request.Body);
        return Results.Json(
            new Echo(
                request.Method,
                request.Path.ToUriComponent() + request.QueryString.ToUriComponent(),
                request.Host.Value,
                name,
                request.Headers.ToDictionary(header => header.Key.ToUpperInvariant(), header => header.Value.ToString()),
                await reader.ReadToEndAsync(),
                context.InvocationId,
                context.TraceContext.TraceParent));
    }
}
