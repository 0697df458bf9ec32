using System.Net;
using System.Text;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Commands;

public sealed class CommandTests(GatewayApplication gateway)
{
    [Fact]
    public async Task A_command_that_is_completed_is_audited_notified_and_in_the_context()
    {
        var user = gateway.NewUser();
        var started = await PostAsync(user, "commands", """{"name": "search", "input": {"query": ["ü", 1, null]}, "sessionId": "s1"}""").JsonAsync(HttpStatusCode.Created);
        var id = started.Text("id");
        Assert.Equal("started", started.Text("status"));
        Assert.Equal("""{"query":["ü",1,null]}""", started.GetProperty("input").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        await Eventually.GetAsync(() => user.ContextAsync(), context => context.Items("activeCommands").Any(command => command.Text("commandId") == id));

        var completed = await PostAsync(user, $"commands/{id}/complete", """{"output": {"hits": 3}}""").JsonAsync();

        Assert.Equal("completed", completed.Text("status"));
        Assert.True(completed.Number("durationMs") >= 0);
        var recent = (await Eventually.GetAsync(() => user.ContextAsync(), context => context.Items("recentCommands").Length == 1)).Items("recentCommands")[0];
        Assert.Equal(("search", "completed", "s1"), (recent.Text("name"), recent.Text("status"), recent.Text("sessionId")));
        Assert.Equal(3, recent.GetProperty("output").Number("hits"));
        Assert.Empty((await user.ContextAsync()).Items("activeCommands"));
        Assert.Equal(
            ["command.complete", "command.start"],
            (await Eventually.GetAsync(() => user.AuditAsync(), lines => lines.Length == 2)).Select(line => line.Text("action")));
        Assert.Equal(
            ["command:started", "command:completed"],
            (await Eventually.GetAsync(() => user.NotificationsAsync(), items => items.Length == 2)).Select(item => item.Text("name")));
        Assert.Equal("completed", (await user.GetAsync($"commands/{id}").JsonAsync()).Text("status"));
    }

    [Fact]
    public async Task A_command_that_failed_says_why()
    {
        var user = gateway.NewUser();
        var id = (await PostAsync(user, "commands", """{"name": "search"}""").JsonAsync(HttpStatusCode.Created)).Text("id");

        await PostAsync(user, $"commands/{id}/fail", """{"error": "no index"}""").JsonAsync();

        var recent = (await Eventually.GetAsync(() => user.ContextAsync(), context => context.Items("recentCommands").Length == 1)).Items("recentCommands")[0];
        Assert.Equal(("failed", "no index"), (recent.Text("status"), recent.Text("error")));
    }

    [Fact]
    public async Task A_command_whose_id_came_in_capitals_also_ends_in_the_context()
    {
        var user = gateway.NewUser();
        var id = (await PostAsync(user, "commands", """{"name": "search"}""").JsonAsync(HttpStatusCode.Created)).Text("id");

        await PostAsync(user, $"commands/{id.ToUpperInvariant()}/complete", "{}").JsonAsync();

        var context = await Eventually.GetAsync(() => user.ContextAsync(), context => context.Items("recentCommands").Length == 1);
        Assert.Equal(id, context.Items("recentCommands")[0].Text("commandId"));
        Assert.Empty(context.Items("activeCommands"));
    }

    [Fact]
    public async Task Of_several_requests_that_end_a_command_one_succeeds()
    {
        var user = gateway.NewUser();
        var id = (await PostAsync(user, "commands", """{"name": "race"}""").JsonAsync(HttpStatusCode.Created)).Text("id");

        var responses = await Task.WhenAll(Enumerable.Range(0, 6).Select(index =>
            PostAsync(user, $"commands/{id}/{(index % 2 == 0 ? "complete" : "fail")}", index % 2 == 0 ? "{}" : """{"error": "e"}""")));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.OK);
        Assert.Equal(5, responses.Count(response => response.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(2, (await Eventually.GetAsync(() => user.AuditAsync(), lines => lines.Length >= 2)).Length);
    }

    [Fact]
    public async Task The_earlier_names_of_input_and_output_are_still_accepted()
    {
        var user = gateway.NewUser();
        var started = await PostAsync(user, "commands", """{"name": "n", "arguments": [1]}""").JsonAsync(HttpStatusCode.Created);
        Assert.Equal("[1]", started.GetProperty("input").GetRawText());

        var completed = await PostAsync(user, $"commands/{started.Text("id")}/complete", """{"result": [2]}""").JsonAsync();
        Assert.Equal("[2]", completed.GetProperty("output").GetRawText());
    }

    [Theory]
    [InlineData("commands", """{"name": "n", "input": 1, "arguments": 2}""", "arguments")]
    [InlineData("commands", """{"name": "n", "inputs": 1}""", "inputs")]
    [InlineData("workflows", """{"name": "n", "arguments": 1}""", "arguments")]
    [InlineData("commands", """{}""", "name")]
    [InlineData("commands", """{"name": ""}""", "name")]
    [InlineData("commands", """{"name": 1}""", "name")]
    [InlineData("commands", """{"name": "n", "sessionId": ""}""", "sessionId")]
    [InlineData("workflows", """{}""", "name")]
    [InlineData("workflows", """{"name": [] }""", "name")]
    public async Task A_missing_or_wrong_field_is_named(string path, string body, string field) =>
        await PostAsync(gateway.NewUser(), path, body).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", field);

    [Theory]
    [InlineData("commands", "input")]
    [InlineData("workflows", "input")]
    public async Task A_field_that_is_too_long_is_refused(string path, string field) =>
        await PostAsync(gateway.NewUser(), path, $$"""{"name": "n", "{{field}}": "{{new string('x', 17_000)}}"}""")
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", field);

    public static TheoryData<string> Unkeepable =>
    [
        // Each of these characters takes six bytes in JSON.
        $"\"{new string('\u007f', 3_000)}\"",
        $"{new string('[', 33)}{new string(']', 33)}",
        """{"half": "\ud800"}""",
        """{"\udc00": 1}""",
    ];

    [Theory]
    [MemberData(nameof(Unkeepable))]
    public async Task JSON_that_could_not_be_kept_or_read_again_is_refused(string json)
    {
        var user = gateway.NewUser();
        var command = (await PostAsync(user, "commands", """{"name": "n"}""").JsonAsync(HttpStatusCode.Created)).Text("id");
        var workflow = (await PostAsync(user, "workflows", """{"name": "n"}""").JsonAsync(HttpStatusCode.Accepted)).Text("id");

        await PostAsync(user, "commands", $$"""{"name": "n", "input": {{json}}}""").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "input");
        await PostAsync(user, $"commands/{command}/complete", $$"""{"output": {{json}}}""").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "output");
        await PostAsync(user, "workflows", $$"""{"name": "n", "input": {{json}}}""").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "input");
        await PostAsync(user, $"workflows/{workflow}/complete", $$"""{"status": "failed", "output": {{json}}}""")
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "output");

        Assert.Equal("started", (await user.GetAsync($"commands/{command}").JsonAsync()).Text("status"));
        Assert.Equal("running", (await user.GetAsync($"workflows/{workflow}").JsonAsync()).Text("status"));
    }

    [Fact]
    public async Task JSON_that_can_just_be_kept_comes_back_and_reaches_every_consumer()
    {
        var user = gateway.NewUser();
        var deep = $$"""{"deep": {{new string('[', 31)}}"{{new string('\u007f', 2_700)}}"{{new string(']', 31)}}}""";
        var id = (await PostAsync(user, "commands", $$"""{"name": "n", "input": {{deep}}}""").JsonAsync(HttpStatusCode.Created)).Text("id");

        await PostAsync(user, $"commands/{id}/complete", $$"""{"output": {{deep}}}""").JsonAsync();

        var wanted = JsonDocument.Parse(deep).RootElement;
        Assert.True(JsonElement.DeepEquals(wanted, (await user.GetAsync($"commands/{id}").JsonAsync()).At("input")));
        var line = (await Eventually.GetAsync(() => user.AuditAsync("&type=command.completed"), lines => lines.Length == 1))[0];
        Assert.True(JsonElement.DeepEquals(wanted, line.At("event", "payload", "result")));
        await Eventually.UntilAsync(async () => (await user.NotificationsAsync()).Any(told => told.Text("name") == "command:completed"));
        await Eventually.UntilAsync(async () => (await user.ContextAsync()).Items("recentCommands").Length == 1);
    }

    [Fact]
    public async Task Somebody_else_s_command_is_not_found()
    {
        var id = (await PostAsync(gateway.NewUser(), "commands", """{"name": "mine"}""").JsonAsync(HttpStatusCode.Created)).Text("id");
        var other = gateway.NewUser();

        await other.GetAsync($"commands/{id}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await PostAsync(other, $"commands/{id}/complete", "{}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        Assert.Empty((await other.GetAsync("commands").JsonAsync()).Items("items"));
    }

    [Fact]
    public async Task Commands_are_listed_page_by_page()
    {
        var user = gateway.NewUser();
        for (var number = 1; number <= 3; number++)
        {
            await PostAsync(user, "commands", $$"""{"name": "c{{number}}"}""").JsonAsync(HttpStatusCode.Created);
        }

        var first = await user.GetAsync("commands?limit=2").JsonAsync();
        var second = await user.GetAsync($"commands?limit=2&continuationToken={first.Text("continuationToken")}").JsonAsync();

        Assert.Equal(["c1", "c2", "c3"], first.Items("items").Concat(second.Items("items")).Select(command => command.Text("name")));
        Assert.False(second.Has("continuationToken"));
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayUser user, string path, string json) =>
        user.SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"));
}
