using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

/// <summary>Functions that tell what reached them.</summary>
internal sealed class EchoFunctions
{
    [Function("Echo")]
    public static async Task<HttpResponseData> Echo(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "echo/{name?}")] HttpRequestData request, string? name, FunctionContext context)
    {
        var response = request.CreateResponse();
        await response.WriteAsJsonAsync(new
        {
            request.Method,
            Url = request.Url.ToString(),
            Name = name,
            Headers = request.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value)),
            Query = request.Query.AllKeys.ToDictionary(key => key ?? "", key => request.Query.GetValues(key)),
            Cookies = request.Cookies.ToDictionary(cookie => cookie.Name, cookie => cookie.Value),
            Identities = request.Identities.Select(identity => identity.Name),
            BindingData = context.BindingContext.BindingData.ToDictionary(value => value.Key, value => value.Value?.ToString()),
            Body = await request.ReadAsStringAsync(),
        });
        return response;
    }

    [Function("EchoBody")]
    public static async Task<HttpResponseData> EchoBody(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "body")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        response.Headers.Add("Content-Type", "application/octet-stream");
        await request.Body.CopyToAsync(response.Body);
        return response;
    }

    [Function("Measure")]
    public static async Task<HttpResponseData> Measure(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "measure")] HttpRequestData request, CancellationToken cancellationToken)
    {
        var length = request.Body.Length;
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(request.Body, cancellationToken));
        var response = request.CreateResponse();
        await response.WriteAsJsonAsync(new { Length = length, Sha256 = hash }, cancellationToken);
        return response;
    }

    /// <summary>A body of the asked length in which byte <c>i</c> is <c>i % 251</c>, in a stream of the app's own.</summary>
    [Function("Produce")]
    public static HttpResponseData Produce(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "produce/{length:int}")] HttpRequestData request, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)(i % 251);

        var response = request.CreateResponse();
        response.Body = new MemoryStream(bytes);
        return response;
    }

    [Function("EchoHeaders")]
    public static HttpResponseData EchoHeaders(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "headers")] HttpRequestData request)
    {
        var response = request.CreateResponse(HttpStatusCode.NoContent);
        foreach (var (name, values) in request.Headers.Where(header => header.Key.StartsWith("x-echo-", StringComparison.Ordinal)))
            response.Headers.TryAddWithoutValidation(name, values);
        response.Headers.TryAddWithoutValidation("x-several", ["one", "two"]);
        return response;
    }

    [Function("EchoNumber")]
    public static string EchoNumber(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "numbers/{id:int}")] HttpRequestData request, int id) =>
        id.ToString(CultureInfo.InvariantCulture);

    [Function("EchoGuid")]
    public static string EchoGuid(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "guids/{id:guid}")] HttpRequestData request, Guid id) =>
        id.ToString();

    [Function("EchoPage")]
    public static string EchoPage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "pages/{page:int?}")] HttpRequestData request,
        int? page,
        int size = 20) =>
        $"page {page?.ToString(CultureInfo.InvariantCulture) ?? "none"}, size {size}";

    /// <summary>Without the value that it needs: its route has an optional part and its parameter no default.</summary>
    [Function("NeedsNumber")]
    public static string NeedsNumber(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "needs/{number?}")] HttpRequestData request, int number) =>
        number.ToString(CultureInfo.InvariantCulture);

    [Function("EchoPerson")]
    public static string EchoPerson(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "people")] HttpRequestData request, [FromBody] Person person) =>
        $"{person.Name} is {person.Age}";

    /// <summary>Every method but GET; the host routes GET to <see cref="EchoNumber"/>.</summary>
    [Function("EchoMethod")]
    public static string EchoMethod(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", "patch", "delete", "post", Route = "numbers/{id:int}")]
        HttpRequestData request) => request.Method;
}
