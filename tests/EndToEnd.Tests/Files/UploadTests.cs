using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using McpFunctions.EndToEnd.Tests.Fuzz;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Files;

public sealed class UploadTests(GatewayApplication gateway)
{
    [Fact]
    public async Task A_file_sent_as_a_form_is_stored_listed_and_downloaded_byte_for_byte()
    {
        var user = gateway.NewUser();
        var content = RandomNumberGenerator.GetBytes(10_000);

        using var response = await user.PostFormAsync(("report.pdf", content));
        var file = await response.JsonAsync(HttpStatusCode.Created);

        var id = file.Text("id");
        Assert.Equal($"/api/files/{id}", response.Headers.Location?.OriginalString);
        Assert.Equal("\"1\"", response.Header("ETag"));
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
    public async Task The_response_to_a_form_with_several_files_keeps_their_order_and_each_has_its_event()
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
    public async Task A_field_of_a_form_in_which_no_file_is_chosen_is_skipped()
    {
        var user = gateway.NewUser();

        await user.PostFormAsync(("", []), ("chosen.txt", "chosen"u8.ToArray()), ("", [])).JsonAsync(HttpStatusCode.Created);
        var file = Assert.Single(await user.FilesAsync());
        Assert.Equal("chosen.txt", file.Text("filename"));

        // A part with bytes is a chosen file, so an upload needs its name. New content needs none.
        await user.PostFormAsync(("", "bytes"u8.ToArray())).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "filename");
        await user.SendAsync(HttpMethod.Put, $"files/{file.Text("id")}/content", GatewayUser.Form(("", []), ("", "replaced"u8.ToArray()))).JsonAsync();
        Assert.Equal("replaced"u8.ToArray(), await user.DownloadAsync(file.Text("id")));
    }

    [Theory]
    [InlineData("Content-Transfer-Encoding", "binary")]
    [InlineData("Content-Transfer-Encoding", "8BIT")]
    [InlineData("content-transfer-encoding", "7bit")]
    [InlineData("Content-Encoding", "identity")]
    public async Task A_part_may_say_that_it_is_not_encoded(string header, string value)
    {
        var user = gateway.NewUser();
        var part = new ByteArrayContent("content"u8.ToArray());
        Assert.True(part.Headers.TryAddWithoutValidation(header, value));
        using var form = new MultipartFormDataContent { { part, "file", "plain.txt" } };

        var file = await user.SendAsync(HttpMethod.Post, "files", form).JsonAsync(HttpStatusCode.Created);

        Assert.Equal("content"u8.ToArray(), await user.DownloadAsync(file.Text("id")));
    }

    [Fact]
    public async Task If_one_of_several_files_is_invalid_none_is_stored()
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
    public async Task A_body_in_chunks_is_stored_as_it_is()
    {
        var user = gateway.NewUser();
        var content = RandomNumberGenerator.GetBytes(3_000_000);

        var file = await user.SendAsync(HttpMethod.Post, "files?filename=chunked.bin", new ChunkedContent(content)).JsonAsync(HttpStatusCode.Created);
        var id = file.Text("id");
        Assert.Equal(content, await user.DownloadAsync(id));

        var other = await user.SendAsync(HttpMethod.Put, $"files/{id}/content", new ChunkedContent(content[..10])).JsonAsync();
        Assert.Equal(10, other.Number("size"));

        using var form = new MultipartFormDataContent { { new ByteArrayContent(content), "file", "form.bin" } };
        var third = await user.SendAsync(HttpMethod.Post, "files", form, ("Transfer-Encoding", "chunked")).JsonAsync(HttpStatusCode.Created);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), third.Text("sha256"));
    }

    [Fact]
    public async Task JSON_may_come_in_chunks_as_NET_sends_it()
    {
        var user = gateway.NewUser();
        using var json = JsonContent.Create(new { name = "chunked" });
        // HttpClient does not compute the length of small JSON by itself.
        Assert.Null(json.Headers.ContentLength);

        var command = await user.SendAsync(HttpMethod.Post, "commands", json, ("Transfer-Encoding", "chunked")).JsonAsync(HttpStatusCode.Created);

        Assert.Equal("chunked", command.Text("name"));
    }

    [Fact]
    public async Task A_stream_may_be_sent_as_Node_sends_it()
    {
        var user = gateway.NewUser();
        const string Script = """
            const body = new ReadableStream({
              start(controller) {
                for (let part = 0; part < 100; part++) controller.enqueue(new TextEncoder().encode('x'.repeat(1000)));
                controller.close();
              },
            });
            const response = await fetch(process.env.URL + 'files?filename=node.txt', {
              method: 'POST', body, duplex: 'half', headers: { authorization: 'Bearer ' + process.env.TOKEN },
            });
            console.log(response.status, (await response.json()).size);
            """;

        await using var node = await ChildProcess.StartAsync(
            "node", ["--input-type=module", "-e", Script], new Dictionary<string, string?> { ["URL"] = $"{gateway.Address}", ["TOKEN"] = user.Token }, name: "node");
        await node.WaitForExitAsync();

        Assert.Contains("201 100000", string.Join('\n', node.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_while_it_arrives()
    {
        var user = gateway.NewUser();

        using (var json = new ChunkedContent(new byte[200_000]))
        {
            json.Headers.ContentType = new("application/json");
            await user.SendAsync(HttpMethod.Post, "commands", json).ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "content-too-large");
        }

        Assert.Empty((await user.GetAsync("commands").JsonAsync()).Items("items"));
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nonly a part")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n64\r\nonly a part")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nno chunk\r\n")]
    public async Task A_body_that_is_not_whole_is_refused_and_nothing_stays(string rest)
    {
        var user = gateway.NewUser();
        using var connection = new RawConnection(gateway.Address.Port);

        var request = $"POST /api/files?filename=part.txt HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.Token}\r\n{rest}";
        var response = await connection.SendAsync(Encoding.ASCII.GetBytes(request), isHead: false, isIncomplete: true, Eventually.DefaultDeadline);

        Assert.Equal(400, response?.Status ?? 400);
        Assert.Empty(await user.FilesAsync());
        await Eventually.GetAsync(() => Task.FromResult(gateway.BlobsOf(user.Id)), blobs => blobs.Count == 0);
    }

    [Fact]
    public async Task A_name_in_the_query_that_is_not_escaped_is_refused()
    {
        var user = gateway.NewUser();
        using var connection = new RawConnection(gateway.Address.Port);

        // In Latin-1, which no HTTP client writes. A broken escape would show nothing: the host turns it into a literal '%'.
        var request = $"POST /api/files?filename=r\u00e9sum\u00e9.txt HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.Token}\r\nContent-Length: 1\r\n\r\nx";
        var response = await connection.SendAsync(Encoding.Latin1.GetBytes(request), isHead: false, isIncomplete: false, Eventually.DefaultDeadline);

        Assert.Equal(400, response?.Status);
        Assert.Empty(await user.FilesAsync());
    }

    [Fact]
    public async Task An_upload_that_its_client_breaks_off_leaves_nothing()
    {
        var user = gateway.NewUser();
        // Again where the machine is so busy that the gateway takes this client for a slow one, after 10 s.
        await Eventually.UntilAsync(async () =>
        {
            using var client = new TcpClient("localhost", gateway.Address.Port);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /api/files?filename=broken.bin HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.Token}\r\nContent-Length: 50000000\r\n\r\n"));
            await stream.WriteAsync(new byte[10_000_000]);
            // The first blocks are in storage; the rest never arrives.
            await Eventually.GetAsync(() => Task.FromResult(gateway.BlobsOf(user.Id)), blobs => blobs.Count == 1, TimeSpan.FromSeconds(20));
            return true;
        });

        await Eventually.GetAsync(() => Task.FromResult(gateway.BlobsOf(user.Id)), blobs => blobs.Count == 0);
        Assert.Empty(await user.FilesAsync());
    }
}
