using System.Net;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Health;

public sealed class TwoInstancesTests
{
    [Fact]
    public async Task Two_instances_publish_each_change_of_Redis_once_and_only_administrators_are_notified()
    {
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "health-redis", Settings = HealthEvents.Settings });
        await using var second = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "health-redis-second",
            Beside = gateway,
            // Instances of one app share its timers; two apps on the same storage both check, at once.
            Settings = new Dictionary<string, string?>(HealthEvents.Settings) { ["AzureFunctionsWebHost__hostid"] = "second" },
        });
        var admin = await gateway.LoginAsync();
        var (_, name, password) = await gateway.NewAccountAsync("admin");
        var colleague = await gateway.LoginAsync(name, password);
        var user = await gateway.NewSignedInAsync();
        var since = await HealthEvents.AllIsWellAsync(gateway, admin, "redis");

        await gateway.Redis.StopAsync();
        var degraded = await HealthEvents.FirstAsync(admin, "system.health.degraded", "redis", since);
        await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(
            """{"component":"redis","previous":"healthy","current":"degraded","detail":"Redis does not answer."}""",
            degraded.At("payload").GetRawText());
        await gateway.Redis.StartAgainAsync();
        await HealthEvents.FirstAsync(admin, "system.health.restored", "redis", HealthEvents.TimeOf(degraded));
        await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.OK);

        // Both instances saw both changes many times; each change has one notification.
        JsonElement[] changes = [];
        foreach (var administrator in new[] { admin, colleague })
        {
            await Eventually.UntilAsync(async () =>
            {
                // On a busy machine more changes may come.
                changes = await HealthEvents.ChangesAsync(admin, "redis");
                return changes.Select(change => change.Text("id")).Order().SequenceEqual((await ToldAsync(administrator)).Order());
            });
            HealthEvents.AssertAlternate(changes.Select(change => change.Text("type")));
        }
        Assert.Empty(await ToldAsync(user));
        await Eventually.UntilAsync(async () =>
        {
            changes = await HealthEvents.ChangesAsync(admin, "redis");
            var audited = (await admin.GetAsync("audit?limit=500&resourceId=redis").JsonAsync()).Items("items");
            // The type says degraded, the action degrade.
            return changes.Reverse().Select(change => (change.Text("type")[..^1], change.Text("id")))
                .SequenceEqual(audited.Select(line => (line.Text("action"), line.Text("eventId"))));
        });

        // After Redis has lost everything, the notifications come again from storage.
        await gateway.Redis.RestartAsync(keepData: false);
        await Eventually.UntilAsync(async () => !changes.Select(change => change.Text("id")).Except(await ToldAsync(colleague)).Any());
        Assert.Empty(await ToldAsync(user));
    }

    private static async Task<string[]> ToldAsync(GatewayUser user) =>
        [.. (await user.GetAsync("notifications?limit=500").JsonAsync()).Items("items")
            .Where(told => told.Text("name") == "system:health" && told.Text("payload", "component") == "redis")
            .Select(told => told.Text("eventId"))];
}
