using System.Collections.Concurrent;
using System.Net;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Mcp;

/// <summary>An agent uses the gateway by the tools of the Model Context Protocol, with the official C# SDK.</summary>
public sealed class McpToolTests(GatewayApplication gateway)
{
    [Theory]
    [InlineData(McpAgents.Current)]
    [InlineData(McpAgents.Previous)]
    public async Task Whatever_an_agent_does_is_in_the_audit_log_under_its_user_and_correlation_id(string version)
    {
        var user = gateway.NewUser();
        var correlation = $"agent-{Guid.NewGuid():N}";
        await using var agent = await gateway.ConnectAsync(user, version, ("X-Correlation-Id", correlation));
        Assert.Equal("mcpfunctions", agent.ServerInfo?.Name);

        var file = await agent.ToolAsync("upload_file", new { filename = "plan.md", text = $"{GatewayApplication.ContentMark}: ü" });
        Assert.Equal("text/plain; charset=utf-8", file.Text("contentType"));
        await agent.ToolAsync("replace_file", new { id = file.Text("id"), base64 = Convert.ToBase64String("second"u8), ifMatch = "\"1\"" });
        var renamed = await agent.ToolAsync("rename_file", new { id = file.Text("id"), filename = "notes.md" });
        Assert.Equal(3, renamed.Number("version"));
        Assert.Equal("second"u8.ToArray(), await user.DownloadAsync(file.Text("id")));
        Assert.Equal(file.Text("id"), Assert.Single((await agent.ToolAsync("list_files", new { prefix = "notes", limit = 5 })).Items("items")).Text("id"));

        var command = await agent.ToolAsync("start_command", new { name = "summarize", input = new { file = file.Text("id") } });
        await agent.ToolAsync("complete_command", new { id = command.Text("id"), output = 42 });
        Assert.Equal("completed", (await agent.ToolAsync("wait_for_command", new { id = command.Text("id") })).Text("status"));
        var failed = await agent.ToolAsync("start_command", new { name = "print" });
        await agent.ToolAsync("fail_command", new { id = failed.Text("id"), error = "No paper." });
        var workflow = await agent.ToolAsync("trigger_workflow", new { name = "review" });
        await agent.ToolAsync("complete_workflow", new { id = workflow.Text("id"), status = "succeeded" });
        Assert.Equal("Done.", (await agent.CallAsync("delete_file", new { id = file.Text("id") })).Text());

        string[] done =
        [
            "command.completed", "command.failed", "command.started", "command.started",
            "file.deleted", "file.updated", "file.updated", "file.uploaded", "workflow.completed", "workflow.triggered",
        ];
        var audit = await Eventually.GetAsync(
            async () => (await agent.ToolAsync("search_audit", new { correlationId = correlation, limit = 100 })).Items("items"), lines => lines.Length >= done.Length);
        Assert.Equal(done, audit.Select(line => line.Text("type")).Order());
        Assert.All(audit, line => Assert.Equal(user.Id, line.Text("userId")));
    }

    [Fact]
    public async Task A_failure_is_an_error_of_the_tool_with_the_problem_of_the_route()
    {
        var user = gateway.NewUser("user");
        await using var agent = await gateway.ConnectAsync(user);
        var file = await agent.ToolAsync("upload_file", new { filename = "a.txt", text = "" });

        await agent.FailureAsync("not-found", "get_file", new { id = Guid.NewGuid() });
        await agent.FailureAsync("precondition-failed", "rename_file", new { id = file.Text("id"), filename = "b.txt", ifMatch = "\"7\"" });
        Assert.True((await agent.FailureAsync("invalid-request", "get_file")).At("errors").Has("id"));
        Assert.True((await agent.FailureAsync("invalid-request", "get_file", new { id = file.Text("id"), more = 1 })).At("errors").Has("more"));
        Assert.True((await agent.FailureAsync("invalid-request", "start_command", new { name = "x", inputs = 1 })).At("errors").Has("inputs"));
        Assert.True((await agent.FailureAsync("invalid-request", "list_files", new { limit = 0 })).At("errors").Has("limit"));
        Assert.True((await agent.FailureAsync("invalid-request", "upload_file", new { filename = "a.txt" })).At("errors").Has("text"));
        Assert.True((await agent.FailureAsync("invalid-request", "upload_file", new { filename = "a.txt", base64 = "?" })).At("errors").Has("base64"));
        Assert.True((await agent.FailureAsync("invalid-request", "wait_for_command", new { id = "x", timeoutSeconds = 1000 })).At("errors").Has("timeoutSeconds"));
        await agent.FailureAsync("forbidden", "list_consumers");
        await Assert.ThrowsAnyAsync<ModelContextProtocol.McpException>(async () => await agent.CallAsync("no_such_tool"));
    }

    [Fact]
    public async Task A_repeated_call_with_the_same_key_has_one_effect_also_across_tool_and_route()
    {
        var user = gateway.NewUser();
        var key = Guid.NewGuid().ToString();
        await using var agent = await gateway.ConnectAsync(user, McpAgents.Current, ("Idempotency-Key", key));

        var first = await agent.ToolAsync("start_command", new { name = "once" });
        var second = await agent.ToolAsync("start_command", new { name = "once" });
        using var content = new StringContent("""{"name":"once"}""", System.Text.Encoding.UTF8, "application/json");
        var third = await user.SendAsync(HttpMethod.Post, "commands", content, ("Idempotency-Key", key)).JsonAsync(HttpStatusCode.Created);
        Assert.Equal(first.Text("id"), second.Text("id"));
        Assert.Equal(first.Text("id"), third.Text("id"));
        await agent.FailureAsync("conflict", "start_command", new { name = "other" });
    }

    [Fact]
    public async Task A_wait_reports_progress_and_ends_when_the_command_does()
    {
        var user = gateway.NewUser("user");
        await using var agent = await gateway.ConnectAsync(user);
        var command = await agent.ToolAsync("start_command", new { name = "slow" });
        var reports = new ConcurrentQueue<string?>();
        var first = new TaskCompletionSource();
        var progress = new Reports(report =>
        {
            reports.Enqueue(report.Message);
            first.TrySetResult();
        });

        var waiting = agent.CallToolAsync(
            "wait_for_command", new Dictionary<string, object?> { ["id"] = command.Text("id"), ["timeoutSeconds"] = 120 }, progress, cancellationToken: TestContext.Current.CancellationToken);
        await first.Task.WaitAsync(Eventually.DefaultDeadline);
        await user.PostAsync($"commands/{command.Text("id")}/complete", new { output = 42 }).JsonAsync();

        var ended = await waiting;
        Assert.Equal("completed", ended.StructuredContent!.Value.Text("status"));
        Assert.All(reports, message => Assert.Equal("started", message));
    }

    [Fact]
    public async Task A_wait_that_its_client_cancels_ends_and_what_it_waited_for_goes_on()
    {
        await using var agent = await gateway.ConnectAsync(gateway.NewUser("user"));
        var command = await agent.ToolAsync("start_command", new { name = "slow" });
        var mark = gateway.Host.LineCount;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var arguments = new Dictionary<string, object?> { ["id"] = command.Text("id"), ["timeoutSeconds"] = 120 };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await agent.CallToolAsync("wait_for_command", arguments, new Reports(_ => enough.Cancel()), cancellationToken: enough.Token));

        Assert.Equal("started", (await agent.ToolAsync("get_command", new { id = command.Text("id") })).Text("status"));
        await gateway.Host.WaitForLineAsync("The request was cancelled", after: mark);
    }

    [Fact]
    public async Task An_operator_counts_starts_and_awaits_a_replay()
    {
        await using var agent = await gateway.ConnectAsync(gateway.NewUser("admin"));
        var from = DateTimeOffset.UtcNow.AddSeconds(-1);
        await agent.ToolAsync("upload_file", new { filename = "replayed.txt", text = "x" });
        var filter = new { consumer = "audit", from, to = DateTimeOffset.UtcNow.AddSeconds(1) };

        // Another replay where events of other tests came between it and the count.
        var (job, progress, done, _) = await Eventually.GetAsync(
            async () =>
            {
                var job = await agent.ToolAsync("start_replay", filter);
                ConcurrentQueue<ModelContextProtocol.ProgressNotificationValue> progress = [];
                var arguments = new Dictionary<string, object?> { ["id"] = job.Text("id"), ["timeoutSeconds"] = 120 };
                var ended = await agent.CallToolAsync(
                    "wait_for_replay", arguments, new Reports(progress.Enqueue), cancellationToken: TestContext.Current.CancellationToken);
                return (job, progress, done: ended.StructuredContent!.Value, count: (await agent.ToolAsync("count_events", filter)).Number("count"));
            },
            seen => seen.done.Text("status") == "done" && seen.done.Number("matched") == seen.count);

        Assert.InRange(done.Number("matched"), 1, long.MaxValue);
        Assert.Equal(progress.Select(report => report.Progress).Order(), progress.Select(report => report.Progress));
        // A replay finds its events as it goes.
        Assert.All(progress, report => Assert.Null(report.Total));
        Assert.Contains((await agent.ToolAsync("list_replays", new { limit = 500 })).Items("items"), each => each.Text("id") == job.Text("id"));
        await agent.FailureAsync("conflict", "cancel_replay", new { id = job.Text("id") });
    }

    [Fact]
    public async Task A_wait_ends_with_its_time_and_shows_the_state_so_far()
    {
        await using var agent = await gateway.ConnectAsync(gateway.NewUser("user"));
        var workflow = await agent.ToolAsync("trigger_workflow", new { name = "endless" });

        Assert.Equal("running", (await agent.ToolAsync("wait_for_workflow", new { id = workflow.Text("id"), timeoutSeconds = 1 })).Text("status"));
    }

    private sealed class Reports(Action<ModelContextProtocol.ProgressNotificationValue> received) : IProgress<ModelContextProtocol.ProgressNotificationValue>
    {
        public void Report(ModelContextProtocol.ProgressNotificationValue value) => received(value);
    }
}
