using System.Net;
using System.Text.Json.Nodes;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Documentation;

/// <summary>The routes that describe the gateway.</summary>
public sealed class DocumentationFunctions
{
    private const string Fresh = "public, no-cache";
    private const string ForADay = "public, max-age=86400";

    // Nothing from elsewhere, and no script or style that is not a file of ours. Swagger UI has its icons in data: URLs.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // The same for every request of this version: made once, when somebody asks.
    private static readonly Lazy<ViewerFile> s_openApi = new(() => ViewerFile.Of("openapi.json", DocumentText.Write(OpenApiDocument.Create())));
    private static readonly Lazy<ViewerFile> s_asyncApi = new(() => ViewerFile.Of("asyncapi.json", DocumentText.Write(AsyncApiDocument.Create())));

    /// <summary>Describes the HTTP API, in OpenAPI 3.1.</summary>
    /// <param name="request">The request.</param>
    /// <returns>200 with the document; 304; or a problem.</returns>
    [Function("GetOpenApi"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(JsonObject), Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoAnswers(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static Task<HttpResponseData> OpenApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "openapi.json")] HttpRequestData request) =>
        AnswerAsync(request, s_openApi.Value, Fresh);

    /// <summary>Describes the events and who takes them, in AsyncAPI 3.0.</summary>
    /// <param name="request">The request.</param>
    /// <returns>200 with the document; 304; or a problem.</returns>
    [Function("GetAsyncApi"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(JsonObject), Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoAnswers(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static Task<HttpResponseData> AsyncApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "asyncapi.json")] HttpRequestData request) =>
        AnswerAsync(request, s_asyncApi.Value, Fresh);

    /// <summary>Shows both documents.</summary>
    /// <param name="request">The request.</param>
    /// <returns>200 with the page; 304; or a problem.</returns>
    [Function("GetDocs"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoAnswers(HttpStatusCode.OK, MediaType = "text/html"), AlsoAnswers(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static Task<HttpResponseData> Docs([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "docs")] HttpRequestData request) =>
        AnswerAsync(request, ViewerFile.Page, Fresh);

    /// <summary>Gives a file that the page with both documents consists of.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asset">The file's name.</param>
    /// <returns>200 with the file; 304; or a problem.</returns>
    [Function("GetDocsAsset"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoAnswers(HttpStatusCode.OK, MediaType = "*/*"), AlsoAnswers(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static Task<HttpResponseData> DocsAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "docs/{asset}")] HttpRequestData request, string asset) =>
        ViewerFile.Find(asset) is { } file ? AnswerAsync(request, file, ForADay) : throw new ProblemException(Problem.NotFound());

    private static async Task<HttpResponseData> AnswerAsync(HttpRequestData request, ViewerFile file, string cacheControl)
    {
        bool isKnown = request.HasCurrent(file.ETag);
        HttpResponseData response = request.CreateResponse(isKnown ? HttpStatusCode.NotModified : HttpStatusCode.OK);
        response.Headers.Add(HeaderNames.ETag, file.ETag);
        response.Headers.Add(HeaderNames.CacheControl, cacheControl);
        response.Headers.Add(HeaderNames.ContentSecurityPolicy, PagePolicy);
        if (!isKnown)
        {
            response.Headers.Add(HeaderNames.ContentType, file.ContentType);
            await response.WriteBytesAsync(file.Body);
        }

        return response;
    }
}
