using System.Net;
using McpFunctions.EndToEnd.Tests.Documentation;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Http;

public sealed class HeadTests(GatewayApplication gateway)
{
    [Fact]
    public async Task On_every_route_HEAD_responds_like_GET_without_a_body()
    {
        var user = gateway.NewUser();
        var file = (await user.UploadAsync("head.txt")).Text("id");
        var routes = (await HttpFunctions.OfAsync(gateway)).Where(function => function.Method == "GET").ToArray();
        Assert.NotEmpty(routes);

        foreach (var (_, _, route) in routes)
        {
            var path = route.Replace("{consumer}", "audit", StringComparison.Ordinal).Replace("{asset}", "docs.js", StringComparison.Ordinal)
                .Replace("{id}", file, StringComparison.Ordinal).Replace("{eventId}", file, StringComparison.Ordinal);
            // On a busy machine the health may change in between.
            var (head, get) = await Eventually.GetAsync(
                async () => (head: await user.SendAsync(HttpMethod.Head, path), get: await user.GetAsync(path)),
                responses => responses.head.StatusCode == responses.get.StatusCode,
                description: $"HEAD and GET {path}");

            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Equal(get.Headers.ETag, head.Headers.ETag);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task HEAD_of_a_file_says_how_long_it_is()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("head.txt", "12345")).Text("id");

        using var head = await user.SendAsync(HttpMethod.Head, $"files/{id}/content");

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(5, head.Content.Headers.ContentLength);
        Assert.Equal("bytes", head.Header("Accept-Ranges"));
    }
}
