using System.Net;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Orchestrator;

public sealed class ContextTests(GatewayApplication gateway)
{
    [Fact]
    public async Task The_context_of_somebody_new_has_nothing_but_the_session()
    {
        var user = gateway.NewUser();

        var context = await user.ContextAsync();

        Assert.Equal(user.Id, context.Text("userId"));
        Assert.Equal(user.SessionId, Assert.Single(context.Items("sessions")).Text("sessionId"));
        Assert.All(["files", "activeCommands", "recentCommands", "workflows"], name => Assert.Empty(context.Items(name)));
    }

    [Fact]
    public async Task Files_come_change_and_go_and_each_change_raises_the_version()
    {
        var user = gateway.NewUser();
        var file = await user.UploadAsync("working-on.txt");
        var id = file.Text("id");

        var shown = await user.FileInContextAsync(id, _ => true);
        Assert.Equal("working-on.txt", shown.Text("filename"));
        Assert.Equal(file.Number("size"), shown.Number("size"));
        Assert.Equal("text/plain", shown.Text("contentType"));
        Assert.Equal(file.Text("sha256"), shown.Text("sha256"));
        Assert.Equal(1, shown.Number("version"));
        Assert.Equal(file.Text("updatedAt"), shown.Text("updatedAt"));
        var first = await user.ContextAsync();
        Assert.Equal(file.Text("updatedAt"), first.Text("updatedAt"));

        var renamed = await user.RenameAsync(id, "renamed.txt");
        Assert.Equal("renamed.txt", (await user.FileInContextAsync(id, seen => seen.Number("version") == 2)).Text("filename"));
        var second = await user.ContextAsync();
        Assert.True(second.Number("version") > first.Number("version"));
        Assert.Equal(renamed.Text("updatedAt"), second.Text("updatedAt"));

        await user.DeleteAsync(id).EmptyAsync(HttpStatusCode.NoContent);
        var third = await Eventually.GetAsync(user.ContextAsync, context => context.Items("files").Length == 0);
        Assert.True(third.Number("version") > second.Number("version"));
    }

    [Fact]
    public async Task The_file_that_changed_last_stands_first()
    {
        var user = gateway.NewUser();
        var older = (await user.UploadAsync("older.txt")).Text("id");
        var newer = (await user.UploadAsync("newer.txt")).Text("id");
        await user.FileInContextAsync(older, _ => true);
        await user.FileInContextAsync(newer, _ => true);
        Assert.Equal([newer, older], (await user.ContextAsync()).Items("files").Select(file => file.Text("fileId")));

        await user.RenameAsync(older, "changed.txt");
        await user.FileInContextAsync(older, file => file.Number("version") == 2);

        Assert.Equal([older, newer], (await user.ContextAsync()).Items("files").Select(file => file.Text("fileId")));
    }
}
