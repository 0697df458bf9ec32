using System.Net;
using System.Security.Cryptography;

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
}
