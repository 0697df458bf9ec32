using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Documentation;

/// <summary>The routes that describe the gateway.</summary>
public sealed class DocumentationFunctions
{
    // The same for every request of this version: made once, when somebody asks.
    private static readonly Lazy<(byte[] Body, string ETag)> s_openApi = new(() => Tagged(DocumentText.Write(OpenApiDocument.Create())));
    private static readonly Lazy<(byte[] Body, string ETag)> s_asyncApi = new(() => Tagged(DocumentText.Write(AsyncApiDocument.Create())));

    /// <summary>Describes the HTTP API, in OpenAPI 3.1.</summary>
    /// <param name="request">The request.</param>
    /// <returns>200 with the document; 304; or a problem.</returns>
    [Function("GetOpenApi"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(JsonObject), Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoAnswers(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static Task<HttpResponseData> OpenApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "openapi.json")] HttpRequestData request) =>
        AnswerAsync(request, s_openApi.Value);

    /// <summary>Describes the events and who takes them, in AsyncAPI 3.0.</summary>
    /// <param name="request">The request.</param>
    /// <returns>200 with the document; 304; or a problem.</returns>
    [Function("GetAsyncApi"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(JsonObject), Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoAnswers(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static Task<HttpResponseData> AsyncApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "asyncapi.json")] HttpRequestData request) =>
        AnswerAsync(request, s_asyncApi.Value);

    private static (byte[] Body, string ETag) Tagged(byte[] body) => (body, $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"");

    private static async Task<HttpResponseData> AnswerAsync(HttpRequestData request, (byte[] Body, string ETag) document)
    {
        bool isKnown = request.HasCurrent(document.ETag);
        HttpResponseData response = request.CreateResponse(isKnown ? HttpStatusCode.NotModified : HttpStatusCode.OK);
        response.Headers.Add(HeaderNames.ETag, document.ETag);
        response.Headers.Add(HeaderNames.CacheControl, "public, no-cache");
        if (!isKnown)
        {
            response.Headers.Add(HeaderNames.ContentType, "application/json; charset=utf-8");
            await response.WriteBytesAsync(document.Body);
        }

        return response;
    }
}
