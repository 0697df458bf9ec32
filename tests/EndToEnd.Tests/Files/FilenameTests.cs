using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Files;

public sealed class FilenameTests(GatewayApplication gateway)
{
    // 255 and 256 bytes of UTF-8.
    private static readonly string s_longest = new string('é', 127) + "x";
    private static readonly string s_tooLong = new('é', 128);

    public static TheoryData<string, string> Safe => new()
    {
        { "plain.txt", "plain.txt" },
        { "../../etc/passwd", "passwd" },
        { @"C:\Users\me\report.docx", "report.docx" },
        { "nul\0 bell\a del\u007f nel\u0085.txt", "nul bell del nel.txt" },
        { "line\u2028separator\u2029.txt", "lineseparator.txt" },
        { "harmless\u202Egnp.exe", "harmlessgnp.exe" },
        { "\u2066isolated\u2069\uFEFF.txt", "isolated.txt" },
        { "non\uFFFEcharacter\uFFFF.txt", "noncharacter.txt" },
        { "de\u0301compose\u0301.txt", "d\u00e9compos\u00e9.txt" },
        { "📄 naïve 文件 👩‍👩‍👧.txt", "📄 naïve 文件 👩‍👩‍👧.txt" },
        { "  padded.txt\t", "padded.txt" },
        { s_longest, s_longest },
        { "quoted \"name\"; filename=other.txt", "quoted \"name\"; filename=other.txt" },
        { "break\r\nSet-Cookie: session=stolen.txt", "breakSet-Cookie: session=stolen.txt" },
        { "percent%20and+plus&=?#'`$(x).txt", "percent%20and+plus&=?#'`$(x).txt" },
    };

    public static TheoryData<string> Unusable => [s_tooLong, "/", "..", @"folder\..", "   ", "\u0001\u0002", "\u202E", "\uFFFE", "", new string('n', 1300)];

    [Theory]
    [MemberData(nameof(Safe))]
    public async Task A_name_is_made_safe_and_is_the_same_wherever_it_is_seen(string sent, string safe)
    {
        var user = gateway.NewUser();

        var file = await user.PostRawAsync(sent, "content"u8.ToArray()).JsonAsync(HttpStatusCode.Created);

        var id = file.Text("id");
        Assert.Equal(safe, file.Text("filename"));
        Assert.Equal(safe, Assert.Single(await user.FilesAsync()).Text("filename"));
        Assert.Equal(safe, Assert.Single(await user.AuditOfAsync(id, 1)).Text("event", "payload", "filename"));
        Assert.Equal(safe, Assert.Single(await user.NotificationsOfAsync(id, 1)).Text("payload", "filename"));
        Assert.Equal(safe, (await user.FileInContextAsync(id, _ => true)).Text("filename"));
        await AssertDownloadedAsAsync(user, id, safe);
    }

    [Theory]
    [MemberData(nameof(Safe))]
    public async Task A_file_can_be_renamed_to_any_such_name(string sent, string safe)
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("before.txt")).Text("id");

        Assert.Equal(safe, (await user.RenameAsync(id, sent)).Text("filename"));

        await AssertDownloadedAsAsync(user, id, safe);
    }

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task A_name_of_which_nothing_usable_is_left_is_refused_for_uploads_and_renames(string sent)
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("before.txt")).Text("id");
        var before = await user.WhatIsThereAsync();

        await user.PostRawAsync(sent, "content"u8.ToArray()).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "filename");
        await user.PatchAsync(id, JsonSerializer.Serialize(new { filename = sent }))
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "filename");

        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    [Theory]
    [InlineData("file; filename=\"résumé 📄.pdf\"", "résumé 📄.pdf")]
    [InlineData("file; filename=\"plain.pdf\"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf")]
    [InlineData("\"file\"; filename=\"C:\\Users\\me\\report.pdf\"", "report.pdf")]
    [InlineData("file; filename=unquoted.pdf", "unquoted.pdf")]
    [InlineData("file; filename=\"a\\\"b.txt\"", "a\"b.txt")]
    [InlineData("file; filename=\"\\\"quoted\\\"\"", "\"quoted\"")]
    [InlineData("file; filename=\"folder\\\\a\\\"b.txt\"", "a\"b.txt")]
    [InlineData("file; filename=\"a\\\"b.txt\"; filename*=UTF-8''wins.txt", "wins.txt")]
    [InlineData("file; filename*=ISO-8859-1'fr'r%E9sum%E9.pdf", "résumé.pdf")]
    [InlineData("file; filename*=utf-8''it's%20100%25.txt; filename=other.txt", "it's 100%.txt")]
    [InlineData("file; filename=\"100%.txt\"", "100%.txt")]
    [InlineData("file; filename=plain.pdf; filename*=UTF-8''r%E9sum%E9.pdf", "plain.pdf")]
    [InlineData("file; filename*=UTF-8''broken%; filename=plain.pdf", "plain.pdf")]
    [InlineData("file; filename*=UTF-8''%zz.pdf; filename=plain.pdf", "plain.pdf")]
    [InlineData("file; filename*=koi8-r''%C1.pdf; filename=plain.pdf", "plain.pdf")]
    [InlineData("file; filename*=UTF-8'one; filename=plain.pdf", "plain.pdf")]
    [InlineData("file; filename*=UTF-8''no (token)@; filename=plain.pdf", "plain.pdf")]
    [InlineData("file; filename=plain.pdf; filename*=", "plain.pdf")]
    public async Task A_form_may_name_its_file_in_any_way_that_browsers_do(string disposition, string expected)
    {
        var user = gateway.NewUser();
        var form = new ByteArrayContent(Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name={disposition}\r\n\r\ncontent\r\n--b--\r\n"));
        form.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");

        var file = await user.SendAsync(HttpMethod.Post, "files", form).JsonAsync(HttpStatusCode.Created);

        Assert.Equal(expected, file.Text("filename"));
    }

    private static async Task AssertDownloadedAsAsync(GatewayUser user, string id, string safe)
    {
        using var download = await user.GetAsync($"files/{id}/content");
        Assert.Equal(HttpStatusCode.OK, download.StatusCode);
        var disposition = ContentDispositionHeaderValue.Parse(download.Header("Content-Disposition"));
        Assert.Equal("attachment", disposition.DispositionType);
        Assert.Equal(safe, disposition.FileNameStar);
        Assert.False(download.Headers.Contains("Set-Cookie"));
    }
}
