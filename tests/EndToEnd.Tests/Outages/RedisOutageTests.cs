using System.Net;
using System.Text.Json;
using Azure.Data.Tables;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Outages;

public sealed class RedisOutageTests
{
    [Fact]
    public async Task Files_are_stored_and_changed_while_Redis_is_down_and_their_events_are_left_for_the_relay()
    {
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "redis-outage" });
        var user = gateway.NewUser();
        var before = (await user.UploadAsync("before.txt")).Text("id");
        await user.AuditOfAsync(before, 1);
        var journalBefore = await JournalAsync(gateway);
        Assert.Equal([before], journalBefore.Select(entry => entry.Text("payload", "fileId")));

        await gateway.Redis.StopAsync();
        var file = await user.UploadAsync("while-down.txt");
        var id = file.Text("id");
        await user.RenameAsync(id, "renamed-while-down.txt");

        // Storage has it all: state, events, and pointers for the relay.
        Assert.Equal(["before.txt", "renamed-while-down.txt"], (await user.FilesAsync()).Select(listed => listed.Text("filename")));
        var history = (await user.GetAsync($"files/{id}/history").JsonAsync()).Items("items");
        Assert.Equal(["file.updated", "file.uploaded"], history.Select(change => change.Text("type")));
        var pointers = await PendingEventIdsAsync(gateway, user.Id);
        Assert.Subset(pointers, history.Select(change => change.Text("id")).ToHashSet());

        // What is kept in Redis is not there, and says so.
        using var notifications = await user.GetAsync("notifications");
        await AssertUnavailableAsync(notifications);
        using var context = await user.GetAsync("orchestrator/context");
        await AssertUnavailableAsync(context);

        await gateway.Redis.StartAgainAsync();
        var after = await AuditedUploadAsync(user);

        // What was left to the relay was not published behind its back.
        var journal = await JournalAsync(gateway);
        Assert.DoesNotContain(journal, entry => entry.Text("payload", "fileId") == id);
        Assert.Empty(await user.AuditAsync($"&resourceId={id}"));
        Assert.Contains(journal, entry => entry.Text("payload", "fileId") == after);
    }

    [Fact]
    public async Task A_Redis_that_stands_still_holds_up_no_upload()
    {
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "redis-frozen" });
        var user = gateway.NewUser();
        await user.AuditOfAsync((await user.UploadAsync("before.txt")).Text("id"), 1);

        gateway.Redis.Freeze();
        try
        {
            // Far below the time after which the client of Redis itself gives up, together.
            var uploads = Task.WhenAll(Enumerable.Range(0, 5).Select(number => user.UploadAsync($"{number}.txt")));
            await uploads.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            using var context = await user.GetAsync("orchestrator/context");
            await AssertUnavailableAsync(context);
        }
        finally
        {
            gateway.Redis.Thaw();
        }

        Assert.Equal(6, (await user.FilesAsync()).Length);
        await AuditedUploadAsync(user);
    }

    // Channels are listened to again a moment after Redis is back; an event published before that is lost to them.
    private static Task<string> AuditedUploadAsync(GatewayUser user) => Eventually.GetAsync(
        async () =>
        {
            var id = (await user.UploadAsync("after.txt")).Text("id");
            await Eventually.UntilAsync(async () => (await user.AuditAsync($"&resourceId={id}")).Length == 1, TimeSpan.FromSeconds(2));
            return id;
        },
        _ => true,
        TimeSpan.FromSeconds(60));

    private static async Task AssertUnavailableAsync(HttpResponseMessage answer)
    {
        var problem = await Task.FromResult(answer).ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
        Assert.Contains("redis", problem.Text("detail"), StringComparison.Ordinal);
        Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    private static async Task<JsonElement[]> JournalAsync(GatewayApplication gateway) =>
        [.. (await gateway.RedisDatabase.StreamRangeAsync("{events}:journal"))
            .Select(entry => JsonDocument.Parse((string)entry["event"]!).RootElement)];

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
}
