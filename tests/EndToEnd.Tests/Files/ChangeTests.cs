using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Files;

public sealed class ChangeTests(GatewayApplication gateway)
{
    public static TheoryData<string, bool> IfMatch => new()
    {
        { "\"1\"", true },
        { "*", true },
        { "\"7\", \"1\"", true },
        { "\"2\"", false },
        { "\"0\", \"2\"", false },
        { "W/\"1\"", false },
        { "1", false },
        { "\"\"", false },
    };

    [Fact]
    public async Task New_content_is_a_new_version_of_the_file()
    {
        var user = gateway.NewUser();
        var first = await user.UploadAsync("notes.txt", "First.");
        var id = first.Text("id");

        using var response = await user.PutContentAsync(id, "Second, longer."u8.ToArray(), "text/markdown");
        var second = await response.JsonAsync();

        Assert.Equal("\"2\"", response.Header("ETag"));
        Assert.Equal(2, second.Number("version"));
        Assert.Equal("notes.txt", second.Text("filename"));
        Assert.Equal("text/markdown", second.Text("contentType"));
        Assert.Equal(15, second.Number("size"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("Second, longer."u8)), second.Text("sha256"));
        Assert.Equal(first.Text("createdAt"), second.Text("createdAt"));
        Assert.True(string.CompareOrdinal(first.Text("updatedAt"), second.Text("updatedAt")) < 0);
        Assert.Equal("Second, longer.", Encoding.UTF8.GetString(await user.DownloadAsync(id)));
        Assert.Equal(second.ToString(), (await user.GetAsync($"files/{id}").JsonAsync()).ToString());
        Assert.Equal("file:updated", (await user.NotificationsOfAsync(id, 2))[1].Text("name"));
        await user.FileInContextAsync(id, file => file.Number("version") == 2 && file.Text("sha256") == second.Text("sha256"));
    }

    [Fact]
    public async Task A_new_name_is_a_new_version_with_the_same_content()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("draft.txt", "Content.")).Text("id");

        using var response = await user.PatchAsync(id, """{"filename": "final.txt"}""");
        var renamed = await response.JsonAsync();

        Assert.Equal("\"2\"", response.Header("ETag"));
        Assert.Equal("final.txt", renamed.Text("filename"));
        Assert.Equal("text/plain", renamed.Text("contentType"));
        Assert.Equal("Content.", Encoding.UTF8.GetString(await user.DownloadAsync(id)));
        Assert.Equal(["file.update", "file.upload"], (await user.AuditOfAsync(id, 2)).Select(line => line.Text("action")));
        await user.FileInContextAsync(id, file => file.Text("filename") == "final.txt");
    }

    [Fact]
    public async Task A_rename_to_the_same_name_changes_nothing_and_publishes_nothing()
    {
        var user = gateway.NewUser();
        var file = await user.UploadAsync("same.txt");
        var before = await user.WhatIsThereAsync();

        var response = await user.RenameAsync(file.Text("id"), "same.txt");

        Assert.Equal(file.ToString(), response.ToString());
        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    [Fact]
    public async Task A_deleted_file_is_gone_except_for_its_history()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("doomed.txt", "One.")).Text("id");
        await user.PutContentAsync(id, "Two."u8.ToArray(), "text/plain").JsonAsync();
        await user.RenameAsync(id, "renamed.txt");

        await user.DeleteAsync(id).EmptyAsync(HttpStatusCode.NoContent);

        Assert.Empty(await user.FilesAsync());
        await user.GetAsync($"files/{id}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.GetAsync($"files/{id}/content").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.PutContentAsync(id, []).ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.PatchAsync(id, """{"filename": "back.txt"}""").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        await user.DeleteAsync(id).ProblemAsync(HttpStatusCode.NotFound, "not-found");

        var history = (await user.GetAsync($"files/{id}/history").JsonAsync()).Items("items");
        Assert.Equal(["file.deleted", "file.updated", "file.updated", "file.uploaded"], history.Select(change => change.Text("type")));
        Assert.Equal([4, 3, 2, 1], history.Select(change => change.Number("payload", "version")));
        Assert.Equal(["renamed.txt", "renamed.txt", "doomed.txt", "doomed.txt"], history.Select(change => change.Text("payload", "filename")));
        Assert.Equal(history.Select(change => change.Text("timestamp")), history.Select(change => change.Text("timestamp")).OrderDescending());

        Assert.Equal(["file:new", "file:updated", "file:updated", "file:deleted"], (await user.NotificationsOfAsync(id, 4)).Select(told => told.Text("name")));
        Assert.Equal(history.Select(change => change.Text("id")), (await user.AuditOfAsync(id, 4)).Select(line => line.Text("eventId")));
    }

    [Fact]
    public async Task A_history_can_be_paged_through()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("0.txt")).Text("id");
        for (var number = 1; number < 5; number++)
        {
            await user.RenameAsync(id, $"{number}.txt");
        }

        List<long> versions = [];
        string? next = null;
        do
        {
            var page = await user.GetAsync($"files/{id}/history?limit=2{(next is null ? "" : $"&continuationToken={next}")}").JsonAsync();
            Assert.InRange(page.Items("items").Length, 1, 2);
            versions.AddRange(page.Items("items").Select(change => change.Number("payload", "version")));
            next = page.Has("continuationToken") ? page.Text("continuationToken") : null;
        }
        while (next is not null);

        Assert.Equal([5, 4, 3, 2, 1], versions);
    }

    [Theory]
    [MemberData(nameof(IfMatch))]
    public async Task New_content_is_taken_only_for_a_version_that_If_Match_names(string ifMatch, bool matches)
    {
        var (user, id, before) = await UploadAsync();

        await CheckAsync(user, matches, before, HttpStatusCode.OK, () => user.PutContentAsync(id, "New."u8.ToArray(), null, ("If-Match", ifMatch)));
    }

    [Theory]
    [MemberData(nameof(IfMatch))]
    public async Task A_new_name_is_taken_only_for_a_version_that_If_Match_names(string ifMatch, bool matches)
    {
        var (user, id, before) = await UploadAsync();

        await CheckAsync(user, matches, before, HttpStatusCode.OK, () => user.PatchAsync(id, """{"filename": "new.txt"}""", ("If-Match", ifMatch)));
    }

    [Theory]
    [MemberData(nameof(IfMatch))]
    public async Task A_file_is_deleted_only_in_a_version_that_If_Match_names(string ifMatch, bool matches)
    {
        var (user, id, before) = await UploadAsync();

        await CheckAsync(user, matches, before, HttpStatusCode.NoContent, () => user.DeleteAsync(id, ("If-Match", ifMatch)));
    }

    private static async Task CheckAsync(GatewayUser user, bool matches, string before, HttpStatusCode success, Func<Task<HttpResponseMessage>> change)
    {
        if (matches)
        {
            using var response = await change();
            Assert.Equal(success, response.StatusCode);
            Assert.NotEqual(before, await user.WhatIsThereAsync());
        }
        else
        {
            await change().ProblemAsync(HttpStatusCode.PreconditionFailed, "precondition-failed");
            Assert.Equal(before, await user.WhatIsThereAsync());
        }
    }

    private async Task<(GatewayUser User, string Id, string Before)> UploadAsync()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("versioned.txt")).Text("id");
        return (user, id, await user.WhatIsThereAsync());
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("\"1\"", true)]
    [InlineData("W/\"1\"", true)]
    [InlineData("\"7\"", false)]
    public async Task A_change_whose_precondition_fails_is_refused(string ifNoneMatch, bool isRefused)
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("notes.txt", "First.")).Text("id");

        using var put = await user.PutContentAsync(id, "Second."u8.ToArray(), null, ("If-None-Match", ifNoneMatch));

        Assert.Equal(isRefused ? HttpStatusCode.PreconditionFailed : HttpStatusCode.OK, put.StatusCode);
        Assert.Equal(isRefused ? "First." : "Second.", Encoding.UTF8.GetString(await user.DownloadAsync(id)));
        if (isRefused)
        {
            await user.PatchAsync(id, """{"filename": "new.txt"}""", ("If-None-Match", ifNoneMatch)).ProblemAsync(HttpStatusCode.PreconditionFailed, "precondition-failed");
            await user.DeleteAsync(id, ("If-None-Match", ifNoneMatch)).ProblemAsync(HttpStatusCode.PreconditionFailed, "precondition-failed");
        }
    }

    [Fact]
    public async Task New_content_may_come_as_the_one_file_of_a_form()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("notes.txt", "First.")).Text("id");
        var form = new MultipartFormDataContent { { new StringContent("not this"), "comment" } };
        var part = new ByteArrayContent("Second."u8.ToArray());
        part.Headers.ContentType = new("text/markdown");
        form.Add(part, "file", "other-name.md");
        form.Add(new StringContent("nor this"), "comment");

        var changed = await user.SendAsync(HttpMethod.Put, $"files/{id}/content", form).JsonAsync();

        Assert.Equal("notes.txt", changed.Text("filename"));
        Assert.Equal("text/markdown", changed.Text("contentType"));
        Assert.Equal("Second.", Encoding.UTF8.GetString(await user.DownloadAsync(id)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_form_with_another_number_of_files_is_refused_and_changes_nothing(int count)
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("notes.txt", "First.")).Text("id");
        var form = new MultipartFormDataContent { { new StringContent("something"), "comment" } };
        for (var n = 0; n < count; n++)
        {
            form.Add(new StringContent("Second."), "file", $"{n}.txt");
        }

        await user.SendAsync(HttpMethod.Put, $"files/{id}/content", form).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "file");

        Assert.Equal("First.", Encoding.UTF8.GetString(await user.DownloadAsync(id)));
        Assert.Equal(1, (await user.GetAsync($"files/{id}").JsonAsync()).Number("version"));
    }

    [Theory]
    [InlineData("PUT", "files/{0}/content")]
    [InlineData("POST", "files?filename=new.txt")]
    public async Task An_empty_body_is_an_empty_file_with_or_without_a_declared_length(string method, string path)
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("notes.txt", "First.")).Text("id");
        path = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, id);

        // A request without a length is valid too: the host forwards it with length 0.
        foreach (var length in new[] { "", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n" })
        {
            var stored = await SendRawAsync(user, method, path, length, length.StartsWith('T') ? "0\r\n\r\n" : "");

            Assert.StartsWith("HTTP/1.1 20", stored, StringComparison.Ordinal);
            Assert.Contains("\"size\":0,", stored, StringComparison.Ordinal);
        }
    }

    // Over a raw connection, because HttpClient always sends a length.
    private async Task<string> SendRawAsync(GatewayUser user, string method, string path, string headers, string body)
    {
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(gateway.Address.Host, gateway.Address.Port, TestContext.Current.CancellationToken);
        var head = $"{method} /api/{path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {user.Token}\r\n{headers}Connection: close\r\n\r\n{body}";
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(tcp.GetStream());
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
