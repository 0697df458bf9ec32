using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

/// <summary>One function for each key.</summary>
internal static class AuthFunctions
{
    [Function("Open")]
    public static string Open([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "auth/open")] HttpRequestData request) => "open";

    [Function("Keyed")]
    public static string Keyed([HttpTrigger(AuthorizationLevel.Function, "get", Route = "auth/keyed")] HttpRequestData request) => "keyed";

    [Function("Admin")]
    public static string Admin([HttpTrigger(AuthorizationLevel.Admin, "get", Route = "auth/admin")] HttpRequestData request) => "admin";

    /// <summary>No level means a function key.</summary>
    [Function("Unsaid")]
    public static string Unsaid([HttpTrigger("get", Route = "auth/unsaid")] HttpRequestData request) => "unsaid";
}
