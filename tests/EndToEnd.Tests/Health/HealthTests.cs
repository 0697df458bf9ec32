using System.Net;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Health;

public sealed class HealthTests(GatewayApplication shared)
{
    [Fact]
    public async Task Anybody_sees_whether_the_gateway_is_healthy_and_only_administrators_see_details()
    {
        var response = await Eventually.GetAsync(
            () => shared.Http.GetAsync("health"), response => response.StatusCode == HttpStatusCode.OK);
        var health = await response.JsonAsync();
        Assert.Equal(["status"], health.EnumerateObject().Select(field => field.Name));
        Assert.Equal("no-store", response.Header("Cache-Control"));

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
    public async Task The_health_route_responds_in_every_outage_and_that_of_storage_is_published_when_storage_is_back()
    {
        await using var azurite = await AzuriteServer.StartAsync(AzuriteStorage.OnDisk);
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "health-outages",
            Settings = new Dictionary<string, string?>(HealthEvents.Settings) { ["StorageTimeout"] = "00:00:05" },
            Azurite = azurite,
        });
        var admin = await gateway.LoginAsync();
        var since = await HealthEvents.AllIsWellAsync(gateway, admin, "tables", "blobs");
        var lines = gateway.Log.Count;

        azurite.Freeze();
        await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.ServiceUnavailable);
        await SaysAsync("tables is degraded");
        await SaysAsync("blobs is degraded");
        // The timer of the checks stops with its lease, and the gateway must report the outage all the same.
        await SaysAsync("Singleton lock lost", "CheckHealth");
        azurite.Thaw();

        foreach (var component in new[] { "tables", "blobs" })
        {
            var degraded = await HealthEvents.FirstAsync(admin, "system.health.degraded", component, since);
            Assert.Contains("does not answer", degraded.Text("payload", "detail"), StringComparison.Ordinal);
            await HealthEvents.FirstAsync(admin, "system.health.restored", component, HealthEvents.TimeOf(degraded));
            HealthEvents.AssertAlternate((await HealthEvents.ChangesAsync(admin, component)).Select(change => change.Text("type")));
        }
        await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.OK);

        gateway.Redis.Freeze();
        azurite.Freeze();
        try
        {
            await AssertUnhealthyAsync();
        }
        finally
        {
            gateway.Redis.Thaw();
            azurite.Thaw();
        }
        await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.OK);

        await gateway.Redis.StopAsync();
        await azurite.StopAsync();
        await AssertUnhealthyAsync();

        Task SaysAsync(params string[] words) =>
            Eventually.UntilAsync(() => gateway.Log.Skip(lines).Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal))));

        async Task AssertUnhealthyAsync()
        {
            await HealthEvents.HealthIsAsync(gateway, HttpStatusCode.ServiceUnavailable);
            // At once, like the probes of several load balancers.
            var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.Http.GetAsync("health"))).WaitAsync(Eventually.DefaultDeadline);
            foreach (var response in responses)
            {
                Assert.Equal("unhealthy", (await response.JsonAsync(HttpStatusCode.ServiceUnavailable)).Text("status"));
            }
        }
    }
}
