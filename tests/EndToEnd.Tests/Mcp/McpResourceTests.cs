using System.Net;
using System.Text.Json;
using McpFunctions.TestServers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpFunctions.EndToEnd.Tests.Mcp;

/// <summary>Resources, prompts and subscriptions of the Model Context Protocol.</summary>
public sealed class McpResourceTests(GatewayApplication gateway)
{
    [Fact]
    public async Task Files_are_listed_in_pages_and_read_by_range_as_text_or_bytes()
    {
        var user = gateway.NewUser("user");
        await using var agent = await gateway.ConnectAsync(user);
        var ids = new List<string>();
        for (var number = 0; number < 51; number++)
        {
            ids.Add((await user.UploadAsync($"file-{number}.txt", $"0123456789 {GatewayApplication.ContentMark}")).Text("id"));
        }
        var bytes = (await user.PostRawAsync("raw.bin", [0, 0xFF, 0xFE, 1], "application/octet-stream").JsonAsync(HttpStatusCode.Created)).Text("id");
        var empty = (await user.PostRawAsync("empty.txt", [], "text/plain").JsonAsync(HttpStatusCode.Created)).Text("id");

        var resources = await agent.ListResourcesAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(
            [.. ids.Append(bytes).Append(empty).Select(id => $"mcpfunctions://files/{id}"), "mcpfunctions://context", "mcpfunctions://inbox"],
            resources.Select(resource => resource.Uri).OrderBy(uri => !uri.Contains("files", StringComparison.Ordinal)).ThenBy(uri => uri));
        Assert.Equal(4, resources.Single(resource => resource.Name == "raw.bin").ProtocolResource.Size);

        var text = Assert.IsType<TextResourceContents>(await ReadAsync($"mcpfunctions://files/{ids[0]}?offset=3&length=4"));
        Assert.Equal("3456", text.Text);
        Assert.Equal("text/plain", text.MimeType);
        Assert.Equal(11 + GatewayApplication.ContentMark.Length, (int)text.Meta!["size"]!);
        var blob = Assert.IsType<BlobResourceContents>(await ReadAsync($"mcpfunctions://files/{bytes}"));
        Assert.Equal([0, 0xFF, 0xFE, 1], blob.DecodedData.ToArray());
        Assert.Equal("", Assert.IsType<TextResourceContents>(await ReadAsync($"mcpfunctions://files/{empty}")).Text);

        Assert.Equal(McpErrorCode.InvalidParams, (await Assert.ThrowsAsync<McpProtocolException>(() => ReadAsync($"mcpfunctions://files/{Guid.NewGuid()}"))).ErrorCode);
        await Assert.ThrowsAsync<McpProtocolException>(() => ReadAsync($"mcpfunctions://files/{ids[0]}?length=0"));
        await Assert.ThrowsAsync<McpProtocolException>(() => ReadAsync($"mcpfunctions://files/{ids[0]}?offset=1000"));
        await Assert.ThrowsAsync<McpProtocolException>(() => ReadAsync($"mcpfunctions://files/{ids[0]}?page=1"));
        await Assert.ThrowsAsync<McpProtocolException>(() => ReadAsync("file:///etc/passwd"));

        async Task<ResourceContents> ReadAsync(string uri) =>
            Assert.Single((await agent.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken)).Contents);
    }

    [Fact]
    public async Task Context_inbox_audit_trail_and_dead_letters_are_resources_of_which_prompts_are_made()
    {
        var user = gateway.NewUser();
        var correlation = $"prompt-{Guid.NewGuid():N}";
        await using var agent = await gateway.ConnectAsync(user, McpAgents.Previous, ("X-Correlation-Id", correlation));
        var command = (await agent.ToolAsync("start_command", new { name = "think" })).Text("id");
        await user.NotificationsAsync();

        await Eventually.UntilAsync(async () => (await TextAsync("mcpfunctions://context")).Contains(command, StringComparison.Ordinal));
        await Eventually.UntilAsync(async () => (await TextAsync("mcpfunctions://inbox?after=0")).Contains(command, StringComparison.Ordinal));
        await Eventually.UntilAsync(async () => (await TextAsync($"mcpfunctions://audit/{correlation}")).Contains(command, StringComparison.Ordinal));
        Assert.Contains("items", await TextAsync("mcpfunctions://dead-letters?consumer=audit&limit=1"), StringComparison.Ordinal);
        await agent.ToolAsync("complete_command", new { id = command });
        var whole = JsonDocument.Parse(await Eventually.GetAsync(() => TextAsync($"mcpfunctions://audit/{correlation}"), text => text.Contains("command.completed", StringComparison.Ordinal))).RootElement;
        var page = JsonDocument.Parse(await TextAsync($"mcpfunctions://audit/{correlation}?limit=1")).RootElement;
        var rest = JsonDocument.Parse(
            await TextAsync($"mcpfunctions://audit/{correlation}?continuationToken={Uri.EscapeDataString(page.Text("continuationToken")!)}")).RootElement;
        Assert.Equal(
            whole.Items("items").Select(each => each.Text("eventId")), page.Items("items").Concat(rest.Items("items")).Select(each => each.Text("eventId")));

        var prompts = await agent.ListPromptsAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["explain_correlation", "summarize_context", "triage_dead_letters"], prompts.Select(prompt => prompt.Name).Order());
        var explained = await agent.GetPromptAsync(
            "explain_correlation", new Dictionary<string, object?> { ["correlationId"] = correlation }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains(command, EmbeddedIn(explained), StringComparison.Ordinal);
        Assert.Contains(command, EmbeddedIn(await agent.GetPromptAsync("summarize_context", cancellationToken: TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        Assert.Contains(
            "items", EmbeddedIn(await agent.GetPromptAsync("triage_dead_letters", cancellationToken: TestContext.Current.CancellationToken)), StringComparison.Ordinal);
        await Assert.ThrowsAsync<McpProtocolException>(async () => await agent.GetPromptAsync("explain_correlation", cancellationToken: TestContext.Current.CancellationToken));

        async Task<string> TextAsync(string uri) => Assert.IsType<TextResourceContents>(
            Assert.Single((await agent.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken)).Contents)).Text;
    }

    [Fact]
    public async Task A_client_that_listens_learns_which_of_its_resources_have_changed()
    {
        var user = gateway.NewUser("user");
        var file = (await user.UploadAsync("watched.txt")).Text("id");
        await user.NotificationsOfAsync(file, 1);
        var body = JsonSerializer.Serialize(new
        {
            jsonrpc = "2.0",
            id = "sub-1",
            method = "subscriptions/listen",
            @params = new
            {
                _meta = new Dictionary<string, object>
                {
                    ["io.modelcontextprotocol/protocolVersion"] = McpAgents.Current,
                    ["io.modelcontextprotocol/clientCapabilities"] = new { },
                },
                notifications = new { resourceSubscriptions = (string[])[$"mcpfunctions://files/{file}", "mcpfunctions://dead-letters"], resourcesListChanged = true },
            },
        });

        // Again where the machine is so busy that the stream's time is over before the event comes.
        await Eventually.UntilAsync(async () =>
        {
            await using var stream = await McpEventStream.OpenAsync(
                gateway, user, HttpMethod.Post, body, ("MCP-Protocol-Version", McpAgents.Current), ("Mcp-Method", "subscriptions/listen"));
            var granted = await stream.NextAsync("notifications/subscriptions/acknowledged");
            Assert.Equal($"mcpfunctions://files/{file}", Assert.Single(granted.Items("notifications", "resourceSubscriptions")).GetString());
            await user.RenameAsync(file, $"{Guid.NewGuid()}.txt");
            var updated = await stream.NextAsync("notifications/resources/updated");
            Assert.Equal($"mcpfunctions://files/{file}", updated.Text("uri"));
            Assert.Equal("sub-1", updated.Text("_meta", "io.modelcontextprotocol/subscriptionId"));
            await stream.NextAsync("notifications/resources/list_changed");
            return true;
        });
    }

    [Fact]
    public async Task The_GET_stream_of_earlier_versions_tells_of_all_changed_resources_and_resumes()
    {
        var user = gateway.NewUser("user");
        await using var agent = await gateway.ConnectAsync(user, McpAgents.Previous);
        await agent.SubscribeToResourceAsync("mcpfunctions://inbox", cancellationToken: TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<McpProtocolException>(() => agent.SubscribeToResourceAsync("mcpfunctions://dead-letters", cancellationToken: TestContext.Current.CancellationToken));

        List<string> files = [];
        await Eventually.UntilAsync(async () =>
        {
            await using var stream = await McpEventStream.OpenAsync(gateway, user, HttpMethod.Get, null, ("MCP-Protocol-Version", McpAgents.Previous));
            await stream.OpenedAsync();
            files.Add((await user.UploadAsync($"{Guid.NewGuid()}.txt")).Text("id"));
            await stream.NextAsync("notifications/resources/list_changed");
            foreach (var uri in (string[])[$"mcpfunctions://files/{files[^1]}", "mcpfunctions://context", "mcpfunctions://inbox"])
            {
                Assert.Equal(uri, (await stream.NextAsync("notifications/resources/updated")).Text("uri"));
            }
            return true;
        });
        await using var resumed = await McpEventStream.OpenAsync(
            gateway, user, HttpMethod.Get, null, ("MCP-Protocol-Version", McpAgents.Previous), ("Last-Event-ID", "0"));
        await resumed.NextAsync("notifications/resources/list_changed");
        Assert.Equal($"mcpfunctions://files/{files[0]}", (await resumed.NextAsync("notifications/resources/updated")).Text("uri"));
    }

    private static string EmbeddedIn(GetPromptResult prompt) => Assert.IsType<TextResourceContents>(
        Assert.Single(prompt.Messages.Select(message => message.Content).OfType<EmbeddedResourceBlock>()).Resource).Text;
}
