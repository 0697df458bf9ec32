using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

/// <summary>The official build does not find a function in a nested class.</summary>
internal static class NestedFunctions
{
    internal static class Inner
    {
        [Function("NotFound")]
        public static string NotFound([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequestData request) => "not found";
    }
}
