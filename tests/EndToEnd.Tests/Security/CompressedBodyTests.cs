using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Security;

/// <summary>The gateway never decompresses a body, so a small body stays small.</summary>
public sealed class CompressedBodyTests(GatewayApplication gateway)
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("br")]
    [InlineData("deflate, gzip")]
    public async Task A_compressed_body_is_refused_before_it_is_read(string encoding)
    {
        var user = gateway.NewUser();
        var before = await user.WhatIsThereAsync();
        var bomb = GzipOf(new string(' ', 20_000_000) + """{"name": "bomb"}""");
        Assert.InRange(bomb.Length, 1, 64 * 1024);

        await user.SendAsync(HttpMethod.Post, "commands", Body("application/json")).ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        await user.SendAsync(HttpMethod.Post, "files?filename=bomb.bin", Body("application/octet-stream"))
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        await user.SendAsync(
            HttpMethod.Post, "files", Body("multipart/form-data; boundary=b")).ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        using var login = new HttpRequestMessage(HttpMethod.Post, "auth/login") { Content = Body("application/json") };
        await gateway.Http.SendAsync(login, TestContext.Current.CancellationToken).ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");

        Assert.Equal(before, await user.WhatIsThereAsync());

        ByteArrayContent Body(string mediaType)
        {
            var body = new ByteArrayContent(bomb);
            body.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
            Assert.True(body.Headers.TryAddWithoutValidation("Content-Encoding", encoding));
            return body;
        }
    }

    [Fact]
    public async Task A_compressed_file_is_stored_and_downloaded_byte_for_byte()
    {
        var user = gateway.NewUser();
        var archive = GzipOf(new string(' ', 1_000_000));

        var stored = await user.PostRawAsync("archive.gz", archive, "application/gzip").JsonAsync(HttpStatusCode.Created);

        Assert.Equal(archive.Length, stored.Number("size"));
        Assert.Equal(archive, await user.DownloadAsync(stored.Text("id")));
    }

    private static byte[] GzipOf(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }
        return compressed.ToArray();
    }
}
