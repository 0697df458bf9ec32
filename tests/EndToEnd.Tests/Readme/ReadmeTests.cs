using System.Security.Cryptography;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Readme;

public sealed class ReadmeTests(GatewayApplication gateway)
{
    [Fact]
    public async Task The_commands_of_the_quick_start_do_as_the_text_around_them_says()
    {
        using var quickStart = new PageSections(
            "README.md",
            ["Quick start"],
            ("GATEWAY", gateway.Address.ToString().TrimEnd('/')),
            ("REDIS_PORT", $"{gateway.Redis.Port}"),
            ("PASSWORD", gateway.AdminPassword));

        // The commands upload the page itself.
        File.Copy(Repository.PathOf("README.md"), Path.Combine(quickStart.Folder, "README.md"));

        // Log in.
        Assert.Equal("", await quickStart.RunNextAsync());

        // Upload.
        var file = Json(await quickStart.RunNextAsync());
        var readme = await File.ReadAllBytesAsync(Repository.PathOf("README.md"), TestContext.Current.CancellationToken);
        Assert.Equal("README.md", file.Text("filename"));
        Assert.Equal("text/markdown", file.Text("contentType"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(readme)), file.Text("sha256"));

        // List, download, compare.
        var lines = (await quickStart.RunNextAsync()).Split('\n');
        Assert.Contains(Json(lines[0]).Items("items"), listed => listed.Text("id") == file.Text("id"));
        Assert.Equal("The same, byte for byte.", lines[1]);

        // Update; the second try is refused.
        var responses = (await quickStart.RunNextAsync()).Split('\n');
        Assert.Equal(2, Json(responses[0]).Number("version"));
        Assert.Equal(412, Json(responses[1]).Number("status"));

        // Rename, delete.
        var afterRename = (await quickStart.RunNextAsync()).Split('\n');
        Assert.Equal("version-two.md", Json(afterRename[0]).Text("filename"));
        Assert.Equal("deleted: 204", afterRename[1]);

        // Audit log, inbox.
        var audit = Json(await quickStart.RunNextUntilAsync(printed => Json(printed).Items("items").Length == 4));
        Assert.Equal(["file.delete", "file.update", "file.update", "file.upload"], audit.Items("items").Select(line => line.Text("action")));
        await quickStart.RunNextUntilAsync(printed => Json(printed).Items("items")
            .Where(notification => notification.Text("name") is var name && name.StartsWith("file:", StringComparison.Ordinal)
                && notification.Text("payload", "fileId") == file.Text("id"))
            .Select(notification => notification.Text("name"))
            .SequenceEqual(["file:new", "file:updated", "file:updated", "file:deleted"]));

        // One more file is in the context; the deleted one is not.
        var notes = Json(await quickStart.RunNextAsync());
        Assert.Equal("notes.txt", notes.Text("filename"));
        var context = Json(await quickStart.RunNextUntilAsync(printed => FilesOf(Json(printed)).Contains(notes.Text("id"))));
        Assert.DoesNotContain(file.Text("id"), FilesOf(context));

        // A second user; a command and a workflow by this user's key.
        var user = Json(await quickStart.RunNextAsync());
        Assert.Equal("user", user.Text("role"));
        var ended = (await quickStart.RunNextAsync()).Split('\n').Select(Json).ToArray();
        Assert.Equal(["completed", "succeeded"], ended.Select(each => each.Text("status")));
        Assert.Equal(user.Text("id"), ended[0].Text("startedBy"));

        // An event of another service: its subscriber sees it, and so does the audit log.
        Assert.Contains("\"fileId\":\"from-elsewhere\"", await quickStart.RunNextAsync(), StringComparison.Ordinal);
        await quickStart.RunNextUntilAsync(printed => Json(printed).Items("items").Length == 1);

        Assert.Equal(0, quickStart.BlocksLeft);
        Assert.Equal(["README.md"], quickStart.Files);
    }

    private static IEnumerable<string> FilesOf(JsonElement context) => context.Items("files").Select(file => file.Text("fileId"));

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
