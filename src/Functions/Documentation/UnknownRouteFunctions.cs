using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Documentation;

/// <summary>Answers the requests that no other function takes. The OpenAPI document leaves it out.</summary>
public sealed class UnknownRouteFunctions
{
    /// <summary>The function's name. The host tries routes in the order of their functions' names, so this name sorts last.</summary>
    public const string Name = "ZeroRoutesMatch";

    private const string Prefix = "/api";
    private const string DocumentsPage = "/api/docs";

    /// <summary>Redirects the route prefix to the documents page, and refuses every other path or method that the app does not have.</summary>
    /// <returns>302 for the route prefix; else a problem, 404 or 405.</returns>
    [Function(Name), Access(Anonymous = true)]
    public static RedirectHttpResult Redirect([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request)
    {
        bool isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        string path = request.Path.StartsWithSegments(Prefix, StringComparison.OrdinalIgnoreCase, out PathString rest) ? (rest.Value ?? "").TrimEnd('/') : "/";
        if (path.Length == 0)
        {
            return isRead ? TypedResults.Redirect(DocumentsPage) : throw new ProblemException(Problem.MethodNotAllowed(["GET", "HEAD"]));
        }

        IReadOnlyList<string> methods = HttpFunction.MethodsAt(path[1..]);

        // A route that takes the method is disabled in this app: then it is not there.
        throw new ProblemException(
            methods.Count == 0 || methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase) ? Problem.UnknownRoute() : Problem.MethodNotAllowed(methods));
    }
}
