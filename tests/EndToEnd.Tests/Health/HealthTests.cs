using System.Net;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Health;

public sealed class HealthTests(GatewayApplication shared)
{
    // Enough for checks every 5 s, leases that move, and recovery on a busy machine.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(120);

    private static readonly Dictionary<string, string?> s_settings = new()
    {
        ["Health__Dwell"] = "00:00:01",
        ["Delivery__RelayAfter"] = "00:00:02",
    };

    [Fact]
    public async Task Anybody_sees_whether_the_gateway_is_healthy_and_only_administrators_see_details()
    {
        var answer = await Eventually.GetAsync(
            () => shared.Http.GetAsync("health"), answer => answer.StatusCode == HttpStatusCode.OK, s_timeout);
        var health = await answer.JsonAsync();
        Assert.Equal(["status"], health.EnumerateObject().Select(field => field.Name));
        Assert.Equal("no-store", answer.Header("Cache-Control"));

        await Task.FromResult(await shared.Http.GetAsync("health?details=true")).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await shared.NewUser("user").GetAsync("health?details=true").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        await shared.NewUser().GetAsync("health?details=perhaps").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "details");
        using var details = await shared.NewUser().GetAsync("health?details=true");
        var components = (await details.JsonAsync(details.StatusCode)).Items("components");
        Assert.Equal(
            ["redis", "tables", "blobs", "consumer:audit", "consumer:notifications", "consumer:orchestrator"],
            components.Select(component => component.Text("component")));
        Assert.All(components, component => Assert.True(component.At("latencyMs").GetDouble() >= 0));
    }

    [Fact]
    public async Task Two_instances_publish_each_change_of_Redis_once_and_only_administrators_are_notified()
    {
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "health-redis", Settings = s_settings });
        await using var second = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "health-redis-second",
            Beside = gateway,
            // Instances of one app share its timers; two apps on the same storage both check, at once.
            Settings = new Dictionary<string, string?>(s_settings) { ["AzureFunctionsWebHost__hostid"] = "second" },
        });
        var admin = await gateway.LoginAsync();
        var (_, name, password) = await gateway.NewAccountAsync("admin");
        var colleague = await gateway.LoginAsync(name, password);
        var user = await gateway.NewSignedInAsync();
        await HealthIsAsync(gateway, HttpStatusCode.OK);

        await gateway.Redis.StopAsync();
        var degraded = await EventAsync(admin, "system.health.degraded", "redis");
        await HealthIsAsync(gateway, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(
            """{"component":"redis","previous":"healthy","current":"degraded","detail":"Redis does not answer."}""",
            degraded.At("payload").GetRawText());
        await gateway.Redis.StartAgainAsync();
        var restored = await EventAsync(admin, "system.health.restored", "redis");
        await HealthIsAsync(gateway, HttpStatusCode.OK);

        // Both instances saw both changes many times; each change has one notification.
        string[] ids = [degraded.Text("id"), restored.Text("id")];
        foreach (var administrator in new[] { admin, colleague })
        {
            var told = await Eventually.GetAsync(() => ToldAsync(administrator), told => told.Length >= 2, s_timeout);
            Assert.Equal(ids.Order(), told.Order());
        }
        Assert.Empty(await ToldAsync(user));
        var audited = await Eventually.GetAsync(
            async () => (await admin.GetAsync("audit?limit=500&resourceId=redis").JsonAsync()).Items("items"), lines => lines.Length >= 2, s_timeout);
        Assert.Equal(["system.health.restore", "system.health.degrade"], audited.Select(line => line.Text("action")));
        Assert.Equal(ids.Reverse(), audited.Select(line => line.Text("eventId")));

        // After Redis has lost everything, the notifications come again from storage.
        await gateway.Redis.RestartAsync(keepData: false);
        var again = await Eventually.GetAsync(() => ToldAsync(colleague), told => told.Distinct().Count() >= 2, s_timeout);
        Assert.Subset(again.ToHashSet(), ids.ToHashSet());
        Assert.Empty(await ToldAsync(user));
    }

    [Fact]
    public async Task An_outage_of_storage_is_published_when_storage_is_back()
    {
        await using var azurite = await AzuriteServer.StartAsync(AzuriteStorage.OnDisk);
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "health-storage",
            Settings = new Dictionary<string, string?>(s_settings) { ["StorageTimeout"] = "00:00:05" },
            Azurite = azurite,
        });
        var admin = await gateway.LoginAsync();
        await HealthIsAsync(gateway, HttpStatusCode.OK);

        azurite.Freeze();
        await HealthIsAsync(gateway, HttpStatusCode.ServiceUnavailable);
        // Far longer than the lease with which one instance runs the timer.
        await Eventually.UntilAsync(() => gateway.Log.Any(line => line.Contains("blobs is degraded", StringComparison.Ordinal)), s_timeout);
        await Task.Delay(TimeSpan.FromSeconds(25), TestContext.Current.CancellationToken);
        azurite.Thaw();

        foreach (var component in new[] { "tables", "blobs" })
        {
            var degraded = await EventAsync(admin, "system.health.degraded", component);
            Assert.Contains("does not answer", degraded.Text("payload", "detail"), StringComparison.Ordinal);
            var restored = await EventAsync(admin, "system.health.restored", component);
            Assert.True(degraded.At("timestamp").GetDateTimeOffset() < restored.At("timestamp").GetDateTimeOffset());
        }
        await HealthIsAsync(gateway, HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_health_route_responds_even_if_everything_hangs_or_is_down()
    {
        await using var azurite = await AzuriteServer.StartAsync();
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "health-down", Settings = s_settings, Azurite = azurite });
        await HealthIsAsync(gateway, HttpStatusCode.OK);

        gateway.Redis.Freeze();
        gateway.Azurite.Freeze();
        try
        {
            await AssertUnhealthyAsync();
        }
        finally
        {
            gateway.Redis.Thaw();
            gateway.Azurite.Thaw();
        }
        await HealthIsAsync(gateway, HttpStatusCode.OK);

        await gateway.Redis.StopAsync();
        await gateway.Azurite.StopAsync();
        await AssertUnhealthyAsync();

        async Task AssertUnhealthyAsync()
        {
            await HealthIsAsync(gateway, HttpStatusCode.ServiceUnavailable);
            // At once, like the probes of several load balancers.
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.Http.GetAsync("health"))).WaitAsync(Eventually.DefaultDeadline);
            foreach (var answer in answers)
            {
                Assert.Equal("unhealthy", (await answer.JsonAsync(HttpStatusCode.ServiceUnavailable)).Text("status"));
            }
        }
    }

    private static Task HealthIsAsync(GatewayApplication gateway, HttpStatusCode status) => Eventually.UntilAsync(
        async () =>
        {
            using var answer = await gateway.Http.GetAsync("health");
            return answer.StatusCode == status;
        },
        s_timeout);

    // From the event store, which needs no Redis.
    private static async Task<JsonElement> EventAsync(GatewayUser admin, string type, string component) => Assert.Single(await Eventually.GetAsync(
        async () => (await admin.GetAsync($"events?limit=500&type={type}").JsonAsync()).Items("items").Where(
            each => each.Text("payload", "component") == component).ToArray(),
        events => events.Length > 0,
        s_timeout));

    private static async Task<string[]> ToldAsync(GatewayUser user) =>
        [.. (await user.GetAsync("notifications?limit=500").JsonAsync()).Items("items")
            .Where(told => told.Text("name") == "system:health" && told.Text("payload", "component") == "redis")
            .Select(told => told.Text("eventId"))];
}
