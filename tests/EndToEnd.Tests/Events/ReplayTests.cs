using System.Globalization;
using System.Net;
using System.Text.Json;
using McpFunctions.EndToEnd.Tests.Audit;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Events;

public sealed class ReplayTests(GatewayApplication gateway)
{
    private static readonly string[] s_types = ["file.uploaded"];

    [Fact]
    public async Task Events_are_listed_and_replayed_once_whichever_partitions_of_their_hours_hold_their_lines()
    {
        var from = Timestamp(DateTimeOffset.UtcNow);
        var user = gateway.NewUser();
        List<string> files = [];
        for (var file = 0; file < 6; file++)
        {
            files.Add((await user.UploadAsync($"{file}.txt")).Text("id"));
        }
        var to = Timestamp(DateTimeOffset.UtcNow);
        var first = await ReplayAsync(user, from, to);
        Assert.Equal(files, await ListAsync(user));
        Assert.InRange(first.Number("matched"), 6, long.MaxValue);

        await AuditTests.SpreadAsync(gateway, "Log", $"Partition eq 'user:{user.Id}'");

        Assert.Equal(files, await ListAsync(user));
        // As many as without the spreading, or more where requests of other tests from that time have committed since.
        var second = await ReplayAsync(user, from, to);
        Assert.InRange(second.Number("matched"), first.Number("matched"), long.MaxValue);
        Assert.Equal(6, (await user.AuditAsync("&type=file.uploaded")).Length);
    }

    [Fact]
    public async Task Operators_count_what_a_replay_would_take_list_replays_and_pause_and_cancel_them()
    {
        var user = gateway.NewUser();
        var from = Timestamp(DateTimeOffset.UtcNow);
        await user.UploadAsync("counted.txt");
        var to = Timestamp(DateTimeOffset.UtcNow);
        // Again where requests of other tests from that time commit in between.
        var (done, _) = await Eventually.GetAsync(
            async () => (
                done: await ReplayAsync(user, from, to),
                count: (await user.GetAsync($"events/count?consumer=audit&types=file.uploaded&from={from}&to={to}").JsonAsync()).Number("count")),
            seen => seen.done.Number("matched") == seen.count);
        var job = done.Text("id");

        Assert.Equal(0, (await user.GetAsync("events/count?consumer=audit&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z").JsonAsync()).Number("count"));
        await user.GetAsync("events/count?consumer=nobody&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "consumer");
        await user.GetAsync("events/count?consumer=orchestrator&types=auth.login&from=x&to=2020-01-02T00:00:00Z").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "from", "types");

        var future = await user.PostAsync("events/replay", new { consumer = "audit", types = s_types, from, to }).JsonAsync(HttpStatusCode.Accepted);
        List<string> listed = [];
        for (var page = await user.GetAsync("events/replay?limit=1").JsonAsync(); ; page = await user.GetAsync($"events/replay?limit=1&continuationToken={page.Text("continuationToken")}").JsonAsync())
        {
            listed.AddRange(page.Items("items").Select(each => each.Text("id")));
            if (!page.Has("continuationToken"))
            {
                break;
            }
        }
        Assert.Equal(listed.OrderDescending(StringComparer.Ordinal), listed);
        Assert.Superset(new HashSet<string> { job, future.Text("id") }, listed.ToHashSet());
        foreach (var action in new[] { "pause", "resume", "cancel" })
        {
            await user.PostAsync($"events/replay/{job}/{action}", new { }).ProblemAsync(HttpStatusCode.Conflict, "conflict");
            await user.PostAsync($"events/replay/{Guid.NewGuid()}/{action}", new { }).ProblemAsync(HttpStatusCode.NotFound, "not-found");
        }
    }

    // Puts what has committed into the log first.
    private static async Task<JsonElement> ReplayAsync(GatewayUser user, string from, string to)
    {
        var job = await user.PostAsync("events/replay", new { consumer = "audit", types = s_types, from, to }).JsonAsync(HttpStatusCode.Accepted);
        return await Eventually.GetAsync(() => user.GetAsync($"events/replay/{job.Text("id")}").JsonAsync(), seen => seen.Text("status") == "done");
    }

    private static async Task<List<string>> ListAsync(GatewayUser user)
    {
        List<string> files = [];
        string? next = null;
        do
        {
            var page = await user.GetAsync($"events?userId={user.Id}&from=2026-01-01&limit=500{(next is null ? "" : $"&continuationToken={next}")}").JsonAsync();
            files.AddRange(page.Items("items").Select(listed => listed.Text("payload", "fileId")));
            next = page.Has("continuationToken") ? page.Text("continuationToken") : null;
        }
        while (next is not null);
        return files;
    }

    private static string Timestamp(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("""{"consumer": "orchestrator", "types": ["auth.login"], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "types")]
    [InlineData("""{"consumer": "audit", "types": ["file.copied"], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "types")]
    [InlineData("""{"consumer": "audit", "types": [], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "types")]
    [InlineData("""{"consumer": "audit", "types": [null], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "types")]
    [InlineData("""{"consumer": "nobody", "types": ["auth.login"], "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "consumer")]
    [InlineData("""{"consumer": "audit", "from": "yesterday", "to": "2026-01-01T01:00:00Z"}""", "from")]
    [InlineData("""{"consumer": "audit", "from": "2026-01-01T02:00:00Z", "to": "2026-01-01T01:00:00Z"}""", "to")]
    public async Task A_replay_of_types_that_its_consumer_does_not_take_or_without_a_time_is_refused(string body, string field)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        var problem = await gateway.NewUser().SendAsync(HttpMethod.Post, "events/replay", content).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", field);

        Assert.All(problem.Items("errors", field), reason => Assert.StartsWith("Send ", reason.GetString(), StringComparison.Ordinal));
    }
}
