using System.Net;
using System.Security.Cryptography;

namespace McpFunctions.EndToEnd.Tests.Files;

public sealed class FileSizeTests(GatewayApplication gateway)
{
    // The app's own limit. It is lower than that of the Functions host, so that a form with such a file fits.
    private const int Limit = 100_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024 * 1024)]
    public async Task A_file_of_any_size_comes_back_byte_for_byte(int size)
    {
        var user = gateway.NewUser();
        var content = RandomNumberGenerator.GetBytes(size);

        var raw = await user.PostRawAsync("raw.bin", content).JsonAsync(HttpStatusCode.Created);
        var form = await user.PostFormAsync(("form.bin", content)).JsonAsync(HttpStatusCode.Created);

        foreach (var file in new[] { raw, form })
        {
            Assert.Equal(size, file.Number("size"));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.Text("sha256"));
            Assert.Equal(content, await user.DownloadAsync(file.Text("id")));
        }
    }

    [Fact]
    public async Task A_raw_body_of_exactly_the_limit_comes_back_byte_for_byte()
    {
        var user = gateway.NewUser();
        var content = RandomNumberGenerator.GetBytes(Limit);

        var file = await user.PostRawAsync("limit.bin", content).JsonAsync(HttpStatusCode.Created);

        Assert.Equal(Limit, file.Number("size"));
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(await user.DownloadAsync(file.Text("id"))));
        // The event stays small, however large the file is.
        Assert.Equal(Limit, Assert.Single(await user.AuditOfAsync(file.Text("id"), 1)).Number("event", "payload", "size"));
    }

    [Fact]
    public async Task A_form_with_a_file_of_exactly_the_limit_is_taken()
    {
        var user = gateway.NewUser();
        var content = RandomNumberGenerator.GetBytes(Limit);

        var file = await user.SendAsync(HttpMethod.Post, "files", Form(content)).JsonAsync(HttpStatusCode.Created);

        Assert.Equal(content.Length, file.Number("size"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.Text("sha256"));
    }

    [Fact]
    public async Task A_file_over_the_limit_is_refused_with_the_limit_and_nothing_is_stored()
    {
        var user = gateway.NewUser();
        var before = await user.WhatIsThereAsync();

        foreach (var send in new Func<Task<HttpResponseMessage>>[]
        {
            () => user.PostRawAsync("over.bin", new byte[Limit + 1]),
            () => user.SendAsync(HttpMethod.Post, "files", Form(new byte[Limit + 1])),
        })
        {
            try
            {
                var problem = await send().ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "content-too-large");
                Assert.Contains($"{Limit} bytes", problem.Text("detail"), StringComparison.Ordinal);
            }
            catch (HttpRequestException)
            {
                // A host may close the connection while the client is still sending.
            }
        }

        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    private static MultipartFormDataContent Form(byte[] content) => new("boundary") { { new ByteArrayContent(content), "file", "form.bin" } };
}
