using System.Net;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Health;

/// <summary>What a gateway says of its health.</summary>
internal static class HealthEvents
{
    /// <summary>Settings that keep a test short.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>
    {
        ["Health__Dwell"] = "00:00:01",
        ["Delivery__RelayAfter"] = "00:00:02",
    };

    /// <summary>Waits until the health route responds with a status.</summary>
    public static Task HealthIsAsync(GatewayApplication gateway, HttpStatusCode status) => Eventually.UntilAsync(
        async () =>
        {
            using var response = await gateway.Http.GetAsync("health");
            return response.StatusCode == status;
        });

    /// <summary>Waits for the only event of a type about a component. It comes from the event store, which needs no Redis.</summary>
    public static async Task<JsonElement> SingleAsync(GatewayUser admin, string type, string component) => Assert.Single(await Eventually.GetAsync(
        async () => (await admin.GetAsync($"events?limit=500&type={type}").JsonAsync()).Items("items").Where(
            each => each.Text("payload", "component") == component).ToArray(),
        events => events.Length > 0));
}
