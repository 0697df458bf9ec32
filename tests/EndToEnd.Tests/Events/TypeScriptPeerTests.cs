using System.Net;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Events;

/// <summary>The TypeScript side of the decision record, in Node with ioredis, on the same Redis.</summary>
public sealed class TypeScriptPeerTests(GatewayApplication gateway)
{
    [Fact]
    public async Task Its_subscriber_reads_our_events_as_its_own()
    {
        var user = gateway.NewUser();
        await using var listener = await StartAsync("listen", "file.uploaded");
        await listener.WaitForLineAsync("listening");

        const string Filename = "für TypeScript 📄 <b>'+\".txt";
        using var response = await user.PostRawAsync(Filename, "content"u8.ToArray(), "text/plain", ("X-Correlation-Id", "from-dotnet"));
        var file = await response.JsonAsync(HttpStatusCode.Created);

        var heard = JsonDocument.Parse(await listener.WaitForLineAsync(file.Text("id"))).RootElement;
        var message = heard.At("event");
        Assert.Equal(
            ["id", "type", "timestamp", "correlationId", "payload", "metadata"],
            message.EnumerateObject().Select(field => field.Name));
        Assert.True(Guid.TryParseExact(message.Text("id"), "D", out var id));
        Assert.Equal(7, id.Version);
        Assert.Equal("file.uploaded", message.Text("type"));
        Assert.Equal(heard.Text("timestampAsDate"), message.Text("timestamp"));
        Assert.Equal(file.Text("createdAt"), message.Text("timestamp"));
        Assert.Equal("from-dotnet", message.Text("correlationId"));
        Assert.Equal(file.Text("id"), message.Text("payload", "fileId"));
        Assert.Equal(Filename, message.Text("payload", "filename"));
        Assert.Equal(7, message.Number("payload", "size"));
        Assert.Equal(user.Id, message.Text("payload", "uploadedBy"));
        Assert.Equal("mcp-gateway", message.Text("metadata", "service"));
        Assert.Equal("1.0.0", message.Text("metadata", "version"));
        Assert.Equal(user.Id, message.Text("metadata", "userId"));
        Assert.Equal((await user.AuditOfAsync(file.Text("id"), 1))[0].Text("eventId"), message.Text("id"));
    }

    [Fact]
    public async Task Its_events_are_audited_notified_and_put_into_the_context_as_our_own()
    {
        var user = gateway.NewUser();
        var fileId = Guid.NewGuid().ToString();

        await using var publisher = await StartAsync("upload", fileId, user.Id);
        Assert.Equal(0, await publisher.WaitForExitAsync());
        var published = JsonDocument.Parse(Assert.Single(publisher.Output)).RootElement;

        var line = Assert.Single(await user.AuditOfAsync(fileId, 1));
        Assert.Equal(published.Text("id"), line.Text("eventId"));
        Assert.Equal("file.upload", line.Text("action"));
        Assert.Equal(user.Id, line.Text("userId"));
        Assert.Equal(published.Text("timestamp"), line.Text("timestamp"));
        Assert.False(line.Has("correlationId"));
        Assert.Equal(published.ToString(), line.At("event").ToString());

        var notification = Assert.Single(await user.NotificationsOfAsync(fileId, 1));
        Assert.Equal("file:new", notification.Text("name"));
        Assert.Equal(published.At("payload").ToString(), notification.At("payload").ToString());

        var file = await user.FileInContextAsync(fileId, _ => true);
        Assert.Equal("from-typescript.txt", file.Text("filename"));
        Assert.Equal(42, file.Number("size"));
        Assert.Equal(published.Text("timestamp"), file.Text("updatedAt"));
        Assert.All(["sha256", "contentType", "version"], name => Assert.False(file.Has(name)));
    }

    private Task<ChildProcess> StartAsync(params string[] arguments) => ChildProcess.StartAsync(
        "node",
        [Repository.PathOf("tests", "EndToEnd.Tests", "TypeScriptPeer", "peer.mjs"), $"{gateway.Redis.Port}", .. arguments],
        name: "the TypeScript peer");
}
