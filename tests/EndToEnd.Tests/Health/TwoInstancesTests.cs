using System.Net;
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
        await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.OK);

        await gateway.Redis.StopAsync();
        var degraded = await HealthEvents.SingleAsync(admin, "system.health.degraded", "redis");
        await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(
            """{"component":"redis","previous":"healthy","current":"degraded","detail":"Redis does not answer."}""",
            degraded.At("payload").GetRawText());
        await gateway.Redis.StartAgainAsync();
        var restored = await HealthEvents.SingleAsync(admin, "system.health.restored", "redis");
        await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.OK);

        // Both instances saw both changes many times; each change has one notification.
        string[] ids = [degraded.Text("id"), restored.Text("id")];
        foreach (var administrator in new[] { admin, colleague })
        {
            var told = await Eventually.GetAsync(() => ToldAsync(administrator), told => told.Length >= 2);
            Assert.Equal(ids.Order(), told.Order());
        }
        Assert.Empty(await ToldAsync(user));
        var audited = await Eventually.GetAsync(
            async () => (await admin.GetAsync("audit?limit=500&resourceId=redis").JsonAsync()).Items("items"), lines => lines.Length >= 2);
        Assert.Equal(["system.health.restore", "system.health.degrade"], audited.Select(line => line.Text("action")));
        Assert.Equal(ids.Reverse(), audited.Select(line => line.Text("eventId")));

        // After Redis has lost everything, the notifications come again from storage.
        await gateway.Redis.RestartAsync(keepData: false);
        var again = await Eventually.GetAsync(() => ToldAsync(colleague), told => told.Distinct().Count() >= 2);
        Assert.Subset(again.ToHashSet(), ids.ToHashSet());
        Assert.Empty(await ToldAsync(user));
    }

    private static async Task<string[]> ToldAsync(GatewayUser user) =>
        [.. (await user.GetAsync("notifications?limit=500").JsonAsync()).Items("items")
            .Where(told => told.Text("name") == "system:health" && told.Text("payload", "component") == "redis")
            .Select(told => told.Text("eventId"))];
}
