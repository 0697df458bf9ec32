using System.Net.Http.Json;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Documentation;

/// <summary>The app's HTTP functions, as the host reads them from the app's metadata.</summary>
public static class HttpFunctions
{
    /// <summary>The function for requests that no other function takes. It names no method, because it takes all.</summary>
    public const string OfUnknownRoutes = "ZeroRoutesMatch";

    /// <summary>All functions, once for each method, with the route after <c>/api/</c>. The function for unknown routes is left out.</summary>
    public static async Task<(string Name, string Method, string Route)[]> OfAsync(GatewayApplication gateway)
    {
        using var http = new HttpClient { Timeout = Eventually.DefaultDeadline };
        var functions = await http.GetFromJsonAsync<JsonElement>(new Uri(gateway.Address, "/admin/functions"));
        return
        [
            .. from function in functions.EnumerateArray()
               from binding in function.Items("config", "bindings")
               where binding.Text("type") == "httpTrigger" && function.Text("name") != OfUnknownRoutes
               from method in binding.Items("methods")
               select (function.Text("name"), method.GetString()!.ToUpperInvariant(), binding.Text("route")),
        ];
    }
}
