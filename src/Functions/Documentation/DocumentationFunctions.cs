using System.Net;
using System.Text.Json.Nodes;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Documentation;

/// <summary>Routes that document the gateway.</summary>
/// <param name="documents">The documents.</param>
public sealed class DocumentationFunctions(ApiDocuments documents)
{
    private const string Revalidated = "public, no-cache";
    private const string ForADay = "public, max-age=86400";

    private static readonly StaticPage s_page = new("viewer", "docs.html");

    /// <summary>Get the description of this HTTP API in OpenAPI 3.1.</summary>
    /// <returns>200 with the document; 304; or a problem.</returns>
    [Function("GetOpenApi"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(JsonObject), Headers = ["ETag", "Cache-Control"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.PreconditionFailed])]
    [AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public IResult OpenApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openapi.json")] HttpRequest request) =>
        documents.OpenApi.RespondTo(request, Revalidated);

    /// <summary>Get the description of all events and their consumers in AsyncAPI 3.0.</summary>
    /// <returns>200 with the document; 304; or a problem.</returns>
    [Function("GetAsyncApi"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(JsonObject), Headers = ["ETag", "Cache-Control"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.PreconditionFailed])]
    [AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public IResult AsyncApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "asyncapi.json")] HttpRequest request) =>
        documents.AsyncApi.RespondTo(request, Revalidated);

    /// <summary>Open the page that shows both documents.</summary>
    /// <returns>200 with the page; 304; or a problem.</returns>
    [Function("GetDocs"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.PreconditionFailed])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = "text/html"), AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static IResult Docs([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpRequest request) =>
        s_page.Page.RespondTo(request, Revalidated);

    /// <summary>Get a script or style sheet of the documents page.</summary>
    /// <param name="asset">The file's name.</param>
    /// <returns>200 with the file; 304; or a problem.</returns>
    [Function("GetDocsAsset"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.PreconditionFailed])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = "*/*"), AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static IResult DocsAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/{asset}")] HttpRequest request, string asset) =>
        s_page.Find(asset) is { } file ? file.RespondTo(request, ForADay) : throw new ProblemException(Problem.NotFound());
}
