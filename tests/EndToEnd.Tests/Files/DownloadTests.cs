using System.Net;
using System.Security.Cryptography;

namespace McpFunctions.EndToEnd.Tests.Files;

public sealed class DownloadTests(GatewayApplication gateway)
{
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(1000);

    [Theory]
    [InlineData("bytes=0-99", 0, 100)]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=500-599", 500, 100)]
    [InlineData("bytes=-100", 900, 100)]
    [InlineData("bytes=-5000", 0, 1000)]
    [InlineData("bytes=900-", 900, 100)]
    [InlineData("bytes=990-5000", 990, 10)]
    public async Task A_range_gives_these_bytes_and_says_which_they_are(string range, int offset, int length)
    {
        var (user, id) = await UploadAsync();

        using var response = await user.GetAsync($"files/{id}/content", ("Range", range));

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal($"bytes {offset}-{offset + length - 1}/1000", response.Header("Content-Range"));
        Assert.Equal("\"1\"", response.Header("ETag"));
        Assert.Equal(_content[offset..(offset + length)], await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("bytes=1000-")]
    [InlineData("bytes=1000-1001")]
    [InlineData("bytes=-0")]
    public async Task A_range_outside_the_file_is_refused(string range)
    {
        var (user, id) = await UploadAsync();

        await user.GetAsync($"files/{id}/content", ("Range", range)).ProblemAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "range-not-satisfiable");
        using var response = await user.GetAsync($"files/{id}/content", ("Range", range));
        Assert.Equal("bytes */1000", response.Header("Content-Range"));
    }

    [Fact]
    public async Task An_empty_file_has_no_range()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("empty.txt", "")).Text("id");

        await user.GetAsync($"files/{id}/content", ("Range", "bytes=0-0")).ProblemAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "range-not-satisfiable");
    }

    [Theory]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("items=0-1")]
    [InlineData("nonsense")]
    public async Task A_range_that_is_not_a_single_range_of_bytes_gives_the_whole_file(string range)
    {
        var (user, id) = await UploadAsync();

        using var response = await user.GetAsync($"files/{id}/content", ("Range", range));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(_content, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("\"1\"", HttpStatusCode.PartialContent)]
    [InlineData("\"2\"", HttpStatusCode.OK)]
    [InlineData("W/\"1\"", HttpStatusCode.OK)]
    [InlineData("Sat, 01 Jan 2050 00:00:00 GMT", HttpStatusCode.OK)]
    public async Task A_range_with_If_Range_is_only_of_the_version_that_the_client_has(string ifRange, HttpStatusCode expected)
    {
        var (user, id) = await UploadAsync();

        using var response = await user.GetAsync($"files/{id}/content", ("Range", "bytes=0-9"), ("If-Range", ifRange));

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? 1000 : 10, (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length);
    }

    [Theory]
    [InlineData("\"1\"", true)]
    [InlineData("W/\"1\"", true)]
    [InlineData("\"7\", \"1\"", true)]
    [InlineData("*", true)]
    [InlineData("\"2\"", false)]
    [InlineData("1", false)]
    public async Task Content_that_the_client_already_has_is_not_sent_again(string ifNoneMatch, bool hasIt)
    {
        var (user, id) = await UploadAsync();

        foreach (var path in new[] { $"files/{id}", $"files/{id}/content" })
        {
            using var response = await user.GetAsync(path, ("If-None-Match", ifNoneMatch));
            Assert.Equal(hasIt ? HttpStatusCode.NotModified : HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("\"1\"", response.Header("ETag"));
            Assert.Equal(hasIt, (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length == 0);
        }
    }

    [Fact]
    public async Task A_browser_saves_a_file_and_never_runs_it()
    {
        var user = gateway.NewUser();
        var page = await user.PostRawAsync("page.html", "<script>alert(1)</script>"u8.ToArray(), "text/html").JsonAsync(HttpStatusCode.Created);

        using var response = await user.GetAsync($"files/{page.Text("id")}/content");

        Assert.StartsWith("attachment;", response.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Header("X-Content-Type-Options"));
        Assert.Contains("sandbox", response.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal("bytes", response.Header("Accept-Ranges"));
        Assert.Contains("private", response.Header("Cache-Control"), StringComparison.Ordinal);
    }

    private async Task<(GatewayUser User, string Id)> UploadAsync()
    {
        var user = gateway.NewUser();
        var file = await user.PostRawAsync("content.bin", _content).JsonAsync(HttpStatusCode.Created);
        return (user, file.Text("id"));
    }
}
