using System.Net;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Console;

/// <summary>The console: a page on which operators and users see events live, and do what they otherwise do by HTTP.</summary>
public static class ConsoleFunctions
{
    // Its modules import each other, so a browser must not mix those of two versions.
    private const string Revalidated = "public, no-cache";

    private static readonly StaticPage s_page = new("console", "console.html");

    /// <summary>Open the console.</summary>
    /// <returns>200 with the page; 304; or a problem.</returns>
    [Function("GetConsole"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.PreconditionFailed])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = "text/html"), AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static IResult Page([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console")] HttpRequest request) =>
        s_page.Page.RespondTo(request, Revalidated);

    /// <summary>Get a script or style sheet of the console.</summary>
    /// <param name="asset">The file's name.</param>
    /// <returns>200 with the file; 304; or a problem.</returns>
    [Function("GetConsoleAsset"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.PreconditionFailed])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = "*/*"), AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static IResult Asset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/{asset}")] HttpRequest request, string asset) => Respond(request, asset);

    /// <summary>Get a script of the console from one of its folders.</summary>
    /// <param name="folder">The folder's name.</param>
    /// <param name="asset">The file's name.</param>
    /// <returns>200 with the file; 304; or a problem.</returns>
    [Function("GetConsoleFolderAsset"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, Headers = ["ETag", "Cache-Control"], Parameters = ["If-Match", "If-None-Match"], Problems = [HttpStatusCode.PreconditionFailed])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = "*/*"), AlsoResponds(HttpStatusCode.NotModified, Headers = ["ETag"])]
    public static IResult FolderAsset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/{folder}/{asset}")] HttpRequest request, string folder, string asset) =>
        Respond(request, $"{folder}/{asset}");

    private static FileContentHttpResult Respond(HttpRequest request, string name) =>
        s_page.Find(name) is { } file ? file.RespondTo(request, Revalidated) : throw new ProblemException(Problem.NotFound());
}
