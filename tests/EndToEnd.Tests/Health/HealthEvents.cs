using System.Net;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Health;

/// <summary>What a gateway says of its health.</summary>
internal static class HealthEvents
{
    private static readonly string[] s_types = ["system.health.degraded", "system.health.restored"];

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

    /// <summary>Waits until the gateway is healthy and has said so of all components. On a busy machine some may have been degraded before.</summary>
    /// <returns>The time then: what happens from now on makes new events.</returns>
    public static async Task<DateTimeOffset> AllIsWellAsync(GatewayApplication gateway, GatewayUser admin, params string[] components)
    {
        await HealthIsAsync(gateway, HttpStatusCode.OK);
        foreach (var component in components)
        {
            await Eventually.UntilAsync(async () => (await ChangesAsync(admin, component)).LastOrDefault() is var last && (last.ValueKind == JsonValueKind.Undefined || last.Text("type") == s_types[1]));
        }
        return DateTimeOffset.UtcNow;
    }

    /// <summary>Waits for the first event of a type about a component since a time. On a busy machine the component may have been degraded before.</summary>
    public static async Task<JsonElement> FirstAsync(GatewayUser admin, string type, string component, DateTimeOffset since) => (await Eventually.GetAsync(
        async () => (await ChangesAsync(admin, component)).Where(each => each.Text("type") == type && TimeOf(each) > since).ToArray(),
        events => events.Length > 0))[0];

    /// <summary>The changes of a component so far, oldest first. They come from the event store, which needs no Redis.</summary>
    public static async Task<JsonElement[]> ChangesAsync(GatewayUser admin, string component)
    {
        List<JsonElement> changes = [];
        foreach (var type in s_types)
        {
            changes.AddRange((await admin.GetAsync($"events?limit=500&type={type}").JsonAsync()).Items("items").Where(each => each.Text("payload", "component") == component));
        }
        return [.. changes.OrderBy(TimeOf)];
    }

    /// <summary>The time of an event.</summary>
    public static DateTimeOffset TimeOf(JsonElement change) => change.At("timestamp").GetDateTimeOffset();

    /// <summary>Fails unless each change of a component is there once: degraded, restored, degraded and so on.</summary>
    /// <param name="types">The types of the events, oldest first.</param>
    public static void AssertAlternate(IEnumerable<string> types) => Assert.Equal(types.Select((_, index) => s_types[index % 2]), types);
}
