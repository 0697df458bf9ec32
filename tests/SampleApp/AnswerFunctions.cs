using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

/// <summary>Functions that answer in every way there is.</summary>
internal static class AnswerFunctions
{
    [Function("Nothing")]
    public static void Nothing([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/nothing")] HttpRequestData request)
    {
    }

    [Function("NothingLater")]
    public static async Task NothingLater(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/nothing-later")] HttpRequestData request) => await Task.Yield();

    [Function("Text")]
    public static string Text([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/text")] HttpRequestData request) =>
        "Grüße, 世界 👋";

    [Function("NoText")]
    public static string? NoText([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/no-text")] HttpRequestData request) =>
        null;

    [Function("Object")]
    public static async Task<Person> Object(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/object")] HttpRequestData request)
    {
        await Task.Yield();
        return new Person("Ada", 36);
    }

    [Function("ObjectOfValueTask")]
    public static async ValueTask<Person> ObjectOfValueTask(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/object-of-value-task")] HttpRequestData request)
    {
        await Task.Yield();
        return new Person("Ada", 36);
    }

    [Function("Bytes")]
    public static byte[] Bytes([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/bytes")] HttpRequestData request) =>
        [0, 1, 254, 255];

    [Function("Status")]
    public static HttpResponseData Status(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/status/{code:int}")] HttpRequestData request, int code) =>
        request.CreateResponse((HttpStatusCode)code);

    [Function("Outputs")]
    public static async Task<SeveralOutputs> Outputs(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/outputs")] HttpRequestData request)
    {
        var response = request.CreateResponse(HttpStatusCode.Created);
        await response.WriteStringAsync("one of several");
        return new SeveralOutputs { Response = response, Note = "not an output" };
    }

    [Function("Cookies")]
    public static HttpResponseData Cookies(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/cookies")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        response.Cookies.Append("plain", "1");
        response.Cookies.Append(new HttpCookie("full", "a=b")
        {
            Domain = "example.org",
            Path = "/api",
            Expires = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero),
            MaxAge = 60,
            Secure = true,
            HttpOnly = true,
            SameSite = SameSite.Strict,
        });
        return response;
    }

    [Function("Replaced")]
    public static async Task<HttpResponseData> Replaced(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/replaced")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        await response.WriteStringAsync("the function's answer");
        return response;
    }

    [Function("ContentTypeTwice")]
    public static async Task<HttpResponseData> ContentTypeTwice(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answers/content-type-twice")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        response.Headers.Add("Content-Type", "application/problem+json");
        await response.WriteAsJsonAsync(new Person("Ada", 36));
        return response;
    }
}
