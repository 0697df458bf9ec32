using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Files;

public sealed class UploadTests(GatewayApplication gateway)
{
    [Fact]
    public async Task A_file_sent_as_a_form_is_stored_listed_and_downloaded_byte_for_byte()
    {
        var user = gateway.NewUser();
        var content = RandomNumberGenerator.GetBytes(10_000);

        using var answer = await user.PostFormAsync(("report.pdf", content));
        var file = await answer.JsonAsync(HttpStatusCode.Created);

        var id = file.Text("id");
        Assert.Equal($"/api/files/{id}", answer.Headers.Location?.OriginalString);
        Assert.Equal("\"1\"", answer.Header("ETag"));
        Assert.Equal("report.pdf", file.Text("filename"));
        Assert.Equal(content.Length, file.Number("size"));
        Assert.Equal("application/octet-stream", file.Text("contentType"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.Text("sha256"));
        Assert.Equal(1, file.Number("version"));
        Assert.Equal(user.Id, file.Text("uploadedBy"));
        Assert.Equal(file.Text("createdAt"), file.Text("updatedAt"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", file.Text("createdAt"));
        Assert.Equal([file.ToString()], (await user.FilesAsync()).Select(listed => listed.ToString()));
        Assert.Equal(file.ToString(), (await user.GetAsync($"files/{id}").JsonAsync()).ToString());
        Assert.Equal(content, await user.DownloadAsync(id));
    }

    [Fact]
    public async Task A_file_sent_as_a_raw_body_keeps_its_media_type()
    {
        var user = gateway.NewUser();

        var text = await user.PostRawAsync("notes.md", "Some notes."u8.ToArray(), "text/markdown; charset=utf-8").JsonAsync(HttpStatusCode.Created);
        var anything = await user.PostRawAsync("anything", "Some bytes."u8.ToArray()).JsonAsync(HttpStatusCode.Created);

        Assert.Equal("text/markdown; charset=utf-8", text.Text("contentType"));
        Assert.Equal("application/octet-stream", anything.Text("contentType"));
        using var download = await user.GetAsync($"files/{text.Text("id")}/content");
        Assert.Equal("text/markdown; charset=utf-8", download.Header("Content-Type"));
    }

    [Theory]
    [InlineData("application/vnd.api+json;charset=utf-8")]
    [InlineData("text/plain; a=b; a=\"c, d\"")]
    [InlineData("text/*")]
    [InlineData("*/*")]
    [InlineData("TEXT/X-Unusual!#$&^_.+-")]
    public async Task Any_media_type_that_is_taken_comes_back(string contentType)
    {
        var user = gateway.NewUser();

        var file = await user.PostRawAsync("typed", "content"u8.ToArray(), contentType).JsonAsync(HttpStatusCode.Created);

        using var download = await user.GetAsync($"files/{file.Text("id")}/content");
        Assert.Equal(HttpStatusCode.OK, download.StatusCode);
        Assert.Equal(file.Text("contentType"), download.Header("Content-Type"));
    }

    [Fact]
    public async Task Several_files_of_one_form_are_answered_in_their_order_and_each_has_its_event()
    {
        var user = gateway.NewUser();
        (string, byte[])[] sent = [("one.txt", "1"u8.ToArray()), ("two.txt", "22"u8.ToArray()), ("three.txt", []), ("one.txt", "1"u8.ToArray())];

        var records = (await user.PostFormAsync(sent).JsonAsync(HttpStatusCode.Created)).EnumerateArray().ToArray();

        Assert.Equal(["one.txt", "two.txt", "three.txt", "one.txt"], records.Select(file => file.Text("filename")));
        Assert.Equal([1, 2, 0, 1], records.Select(file => file.Number("size")));
        Assert.Equal(4, records.Select(file => file.Text("id")).Distinct().Count());
        Assert.Equal("22"u8.ToArray(), await user.DownloadAsync(records[1].Text("id")));
        foreach (var file in records)
        {
            Assert.Single(await user.AuditOfAsync(file.Text("id"), 1));
            Assert.Single(await user.NotificationsOfAsync(file.Text("id"), 1));
        }
    }

    [Fact]
    public async Task Of_several_files_none_is_stored_where_one_is_bad()
    {
        var user = gateway.NewUser();
        var before = await user.WhatIsThereAsync();

        await user.PostFormAsync(("good.txt", "good"u8.ToArray()), (new string('n', 256), "bad"u8.ToArray()), ("also-good.txt", "good"u8.ToArray()))
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "filename");

        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    [Fact]
    public async Task A_form_takes_25_files_and_no_more()
    {
        var user = gateway.NewUser();
        var files = Enumerable.Range(0, 26).Select(number => ($"{number}.txt", Encoding.UTF8.GetBytes($"{number}"))).ToArray();

        await user.PostFormAsync(files).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "file");
        Assert.Empty(await user.FilesAsync());

        await user.PostFormAsync(files[..25]).JsonAsync(HttpStatusCode.Created);
        Assert.Equal(25, (await user.FilesAsync()).Length);
    }

    [Fact]
    public async Task A_body_in_chunks_is_refused_since_functions_would_see_it_empty()
    {
        var user = gateway.NewUser();
        var file = await user.UploadAsync("before.txt");
        var before = await user.WhatIsThereAsync();

        await user.SendAsync(HttpMethod.Post, "files?filename=chunked.txt", new StringContent("chunks"), ("Transfer-Encoding", "chunked"))
            .ProblemAsync(HttpStatusCode.LengthRequired, "length-required");
        await user.SendAsync(HttpMethod.Put, $"files/{file.Text("id")}/content", new StringContent("chunks"), ("Transfer-Encoding", "chunked"))
            .ProblemAsync(HttpStatusCode.LengthRequired, "length-required");

        Assert.Equal(before, await user.WhatIsThereAsync());
    }
}
