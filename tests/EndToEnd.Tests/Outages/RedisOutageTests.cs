using System.Net;
using Azure.Data.Tables;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Outages;

public sealed class RedisOutageTests(RedisOutageTests.Application application) : IClassFixture<RedisOutageTests.Application>
{
    [Fact]
    public async Task Files_are_stored_and_changed_while_Redis_is_down_and_their_events_are_published_when_it_is_back()
    {
        var gateway = application.Gateway;
        var user = gateway.NewUser();
        var before = (await user.UploadAsync("before.txt")).Text("id");
        await user.AuditOfAsync(before, 1);

        await gateway.Redis.StopAsync();
        var file = await user.UploadAsync("while-down.txt");
        var id = file.Text("id");
        await user.RenameAsync(id, "renamed-while-down.txt");

        // Storage has state, events, and outbox entries for the relay.
        Assert.Equal(["before.txt", "renamed-while-down.txt"], (await user.FilesAsync()).Select(listed => listed.Text("filename")));
        var history = (await user.GetAsync($"files/{id}/history").JsonAsync()).Items("items");
        Assert.Equal(["file.updated", "file.uploaded"], history.Select(change => change.Text("type")));
        var outboxEvents = await PendingEventIdsAsync(gateway, user.Id);
        Assert.Subset(outboxEvents, history.Select(change => change.Text("id")).ToHashSet());

        // Data that only Redis has is unavailable, and the response says so.
        using var notifications = await user.GetAsync("notifications");
        await AssertUnavailableAsync(notifications);
        using var context = await user.GetAsync("orchestrator/context");
        await AssertUnavailableAsync(context);

        await gateway.Redis.StartAgainAsync();

        // Then the relay publishes the events: each has its effect once.
        await Eventually.UntilAsync(async () => (await user.AuditAsync($"&resourceId={id}")).Length == 2);
        Assert.Equal(history.Select(change => change.Text("id")), (await user.AuditOfAsync(id, 2)).Select(line => line.Text("eventId")));
        await user.FileInContextAsync(id, known => known.Text("filename") == "renamed-while-down.txt");
        Assert.Equal(
            history.Select(change => change.Text("id")).Order(),
            (await user.NotificationsOfAsync(id, 2)).Select(told => told.Text("eventId")).Order());
    }

    [Fact]
    public async Task Uploads_do_not_wait_for_a_frozen_Redis()
    {
        var gateway = application.Gateway;
        var user = gateway.NewUser();
        await user.AuditOfAsync((await user.UploadAsync("before.txt")).Text("id"), 1);

        gateway.Redis.Freeze();
        try
        {
            // Redis stays frozen until all responses are here. PublishTests and RateLimiterTests show that nothing waits for its time-out either.
            await Task.WhenAll(Enumerable.Range(0, 5).Select(number => user.UploadAsync($"{number}.txt"))).WaitAsync(Eventually.DefaultDeadline);
            using var context = await user.GetAsync("orchestrator/context");
            await AssertUnavailableAsync(context);
        }
        finally
        {
            gateway.Redis.Thaw();
        }

        // Redis got them when it continued, or the relay published them: each is audited once.
        var ids = (await user.FilesAsync()).Select(file => file.Text("id")).Order().ToArray();
        Assert.Equal(6, ids.Length);
        await Eventually.UntilAsync(async () => (await user.AuditAsync()).Select(line => line.Text("resourceId")).Order().SequenceEqual(ids));
    }

    private static async Task AssertUnavailableAsync(HttpResponseMessage response)
    {
        var problem = await Task.FromResult(response).ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
        Assert.Contains("redis", problem.Text("detail"), StringComparison.Ordinal);
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    private static async Task<HashSet<string>> PendingEventIdsAsync(GatewayApplication gateway, string userId)
    {
        var pending = new TableClient(gateway.Azurite.ConnectionString, "Pending");
        HashSet<string> ids = [];
        await foreach (var row in pending.QueryAsync<TableEntity>(cancellationToken: TestContext.Current.CancellationToken))
        {
            if (row.GetString("Partition") == $"user:{userId}")
            {
                ids.UnionWith(row.GetString("EventIds").Split(','));
            }
        }
        return ids;
    }

    public sealed class Application : IAsyncLifetime
    {
        public GatewayApplication Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "redis-outage",
            Settings = new Dictionary<string, string?> { ["Delivery__RelayAfter"] = "00:00:02" },
        });

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
