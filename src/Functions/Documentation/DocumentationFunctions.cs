using System.Net;
using System.Text.Json.Nodes;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Documentation;

/// <summary>Routes that document the gateway.</summary>
/// <param name="documents">The documents.</param>
public sealed class DocumentationFunctions(ApiDocuments documents)
{
    private const string Fresh = "public, no-cache";
    private const string ForADay = "public, max-age=86400";

    // Allow only the gateway's own scripts and styles. Swagger UI has its icons in data: URLs.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Get the description of this HTTP API in OpenAPI 3.1.</summary>
    /// <param name="request">The request.</param>
    /// <returns>200 with the document; 304; or a problem.</returns>
    [Function("GetOpenApi"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(JsonObject), Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public IResult OpenApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openapi.json")] HttpRequest request) =>
        Respond(request, documents.OpenApi, Fresh);

    /// <summary>Get the description of all events and their consumers in AsyncAPI 3.0.</summary>
    /// <param name="request">The request.</param>
    /// <returns>200 with the document; 304; or a problem.</returns>
    [Function("GetAsyncApi"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(JsonObject), Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public IResult AsyncApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "asyncapi.json")] HttpRequest request) =>
        Respond(request, documents.AsyncApi, Fresh);

    /// <summary>Open the page that shows both documents.</summary>
    /// <param name="request">The request.</param>
    /// <returns>200 with the page; 304; or a problem.</returns>
    [Function("GetDocs"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = "text/html"), AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static IResult Docs([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpRequest request) =>
        Respond(request, StaticAsset.Page, Fresh);

    /// <summary>Get a script or style sheet of the documents page.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asset">The file's name.</param>
    /// <returns>200 with the file; 304; or a problem.</returns>
    [Function("GetDocsAsset"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-None-Match"])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = "*/*"), AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static IResult DocsAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/{asset}")] HttpRequest request, string asset) =>
        StaticAsset.Find(asset) is { } file ? Respond(request, file, ForADay) : throw new ProblemException(Problem.NotFound());

    private static FileContentHttpResult Respond(HttpRequest request, StaticAsset file, string cacheControl)
    {
        IHeaderDictionary headers = request.HttpContext.Response.Headers;
        headers.CacheControl = cacheControl;
        headers.ContentSecurityPolicy = PagePolicy;
        return TypedResults.Bytes(file.Body, file.ContentType, entityTag: new EntityTagHeaderValue(file.ETag));
    }
}
