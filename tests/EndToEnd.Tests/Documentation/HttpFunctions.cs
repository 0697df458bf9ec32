using System.Net.Http.Json;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Documentation;

/// <summary>The HTTP functions of the app as the host knows them from the app's metadata.</summary>
public static class HttpFunctions
{
    /// <summary>The function that takes what no other takes. It names no method, since it takes all.</summary>
    public const string OfUnknownRoutes = "ZeroRoutesMatch";

    /// <summary>Each with one of its methods and its route after <c>/api/</c>, except that of unknown routes.</summary>
    public static async Task<(string Name, string Method, string Route)[]> OfAsync(GatewayApplication gateway)
    {
        using var http = new HttpClient();
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
