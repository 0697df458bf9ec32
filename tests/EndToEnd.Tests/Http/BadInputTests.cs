using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Http;

public sealed class BadInputTests(GatewayApplication gateway)
{
    private const string Form = "multipart/form-data; boundary=b";
    private const string Json = "application/json";
    private const string EmptyChoice = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n";
    private const HttpStatusCode BadRequest = HttpStatusCode.BadRequest;

    // Name of the case; method, path ({id} stands for the user's file), content type and body; status, kind and fields of the response.
    private static readonly Dictionary<string, (string, string, string?, string, HttpStatusCode, string, string[])> s_cases = new()
    {
        ["a form with nothing in it"] = ("POST", "files", Form, "--b--\r\n", BadRequest, "invalid-request", ["file"]),
        ["a form without a file part"] = ("POST", "files", Form, Part("form-data; name=\"other\"; filename=\"a.txt\""),
            BadRequest, "invalid-request", ["file"]),
        ["a part without a name"] = ("POST", "files", Form, Part("form-data"), BadRequest, "invalid-request", ["file"]),
        ["a part without a disposition"] = ("POST", "files", Form, "--b\r\nContent-Type: text/plain\r\n\r\ncontent\r\n--b--\r\n",
            BadRequest, "invalid-request", ["file"]),
        ["a file part with an empty filename"] = ("POST", "files", Form, Part("form-data; name=\"file\"; filename=\"\""),
            BadRequest, "invalid-request", ["filename"]),
        ["a file part with a filename in UTF-7"] = ("POST", "files", Form, Part("form-data; name=\"file\"; filename*=utf-7''a.txt"),
            BadRequest, "invalid-request", ["filename"]),
        ["a file part with a filename in a word of UTF-7"] = ("POST", "files", Form, Part("form-data; name=\"file\"; filename=\"=?utf-7?B?YQ==?=\""),
            BadRequest, "invalid-request", ["filename"]),
        ["a part with a name in UTF-7"] = ("POST", "files", Form, Part("form-data; name=\"=?utf-7?B?YQ==?=\"; filename=\"a.txt\""),
            BadRequest, "invalid-request", ["filename"]),
        ["a file part with a malformed filename* and no other"] =
            ("POST", "files", Form, Part("form-data; name=\"file\"; filename*=UTF-8''r%E9sum%E9.txt"), BadRequest, "invalid-request", ["filename"]),
        ["a file part with broken escapes in its filename*"] =
            ("POST", "files", Form, Part("form-data; name=\"file\"; filename*=UTF-8''100%.txt"), BadRequest, "invalid-request", ["filename"]),
        ["a file part in base64"] =
            ("POST", "files", Form, Part("form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Transfer-Encoding: base64"),
            HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", []),
        ["a file part in quoted-printable"] =
            ("POST", "files", Form, Part("form-data; name=\"file\"; filename=\"a.txt\"\r\ncontent-transfer-encoding: Quoted-Printable"),
            HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", []),
        ["a compressed file part"] =
            ("POST", "files", Form, Part("form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Encoding: gzip"),
            HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", []),
        ["new content in a compressed part"] =
            ("PUT", "files/{id}/content", Form, Part("form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Encoding: gzip"),
            HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", []),
        ["a form in which no file is chosen"] =
            ("POST", "files", Form, EmptyChoice + "--b--\r\n", BadRequest, "invalid-request", ["file"]),
        ["new content of a form in which no file is chosen"] =
            ("PUT", "files/{id}/content", Form, EmptyChoice + "--b--\r\n", BadRequest, "invalid-request", ["file"]),
        ["a raw upload with a filename in Latin-1"] = ("POST", "files?filename=r%E9sum%E9.txt", "text/plain", "content",
            BadRequest, "invalid-request", ["filename"]),
        ["a raw upload with a filename that was decoded wrong"] = ("POST", "files?filename=r%EF%BF%BDsum.txt", "text/plain", "content",
            BadRequest, "invalid-request", ["filename"]),
        ["a raw upload with two filenames"] = ("POST", "files?filename=a.txt&filename=b.txt", "text/plain", "content",
            BadRequest, "invalid-request", ["filename"]),
        ["a raw upload with the same filename twice"] = ("POST", "files?filename=a.txt&FileName=a.txt", "text/plain", "content",
            BadRequest, "invalid-request", ["filename"]),
        ["a form with two filenames in the query"] = ("POST", "files?filename=a.txt&filename=b.txt", Form, Part("form-data; name=\"file\"; filename=\"a.txt\""),
            BadRequest, "invalid-request", ["filename"]),
        ["two limits"] = ("GET", "files?limit=1&limit=1", null, "", BadRequest, "invalid-request", ["limit"]),
        ["two prefixes"] = ("GET", "files?prefix=a&prefix=", null, "", BadRequest, "invalid-request", ["prefix"]),
        ["a prefix in Latin-1"] = ("GET", "files?prefix=r%E9", null, "", BadRequest, "invalid-request", ["prefix"]),
        ["two times"] = ("GET", "audit?from=2026-01-01T00:00:00Z&from=2026-01-02T00:00:00Z", null, "", BadRequest, "invalid-request", ["from"]),
        ["two tokens"] = ("GET", "audit?continuationToken=a&continuationToken=b", null, "", BadRequest, "invalid-request", ["continuationToken"]),
        ["two waits"] = ("GET", "notifications?wait=0&wait=1", null, "", BadRequest, "invalid-request", ["wait"]),
        ["two users"] = ("GET", "orchestrator/context?userId=a&userId=b", null, "", BadRequest, "invalid-request", ["userId"]),
        ["a file part without a filename"] = ("POST", "files", Form, Part("form-data; name=\"file\""),
            BadRequest, "invalid-request", ["filename"]),
        ["a file part with a media type that is none"] =
            ("POST", "files", Form, Part("form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: nonsense"),
            BadRequest, "invalid-request", ["Content-Type"]),
        ["a form that ends in a part's headers"] = ("POST", "files", Form, "--b\r\nContent-Disposition: form-data; na",
            BadRequest, "invalid-request", ["body"]),
        ["a form that ends in a part's content"] =
            ("POST", "files", Form, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nconte",
            BadRequest, "invalid-request", ["body"]),
        ["a form that ends between parts"] =
            ("POST", "files", Form, Part("form-data; name=\"file\"; filename=\"a.txt\"").Replace("--b--\r\n", "--b\r\n", StringComparison.Ordinal),
            BadRequest, "invalid-request", ["body"]),
        ["a form of something else"] = ("POST", "files", Form, "not a form", BadRequest, "invalid-request", ["body"]),
        ["a form of nothing"] = ("POST", "files", Form, "", BadRequest, "invalid-request", ["body"]),
        ["a form with endless part headers"] =
            ("POST", "files", Form, $"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{new string('n', 40_000)}\"\r\n\r\ncontent\r\n--b--\r\n",
            BadRequest, "invalid-request", ["body"]),
        ["a form with hundreds of part headers"] =
            ("POST", "files", Form, $"--b\r\n{string.Concat(Enumerable.Range(0, 300).Select(number => $"X-{number}: x\r\n"))}\r\ncontent\r\n--b--\r\n",
            BadRequest, "invalid-request", ["body"]),
        ["a form without a boundary"] = ("POST", "files", "multipart/form-data", Part("form-data; name=\"file\"; filename=\"a.txt\""),
            BadRequest, "invalid-request", ["Content-Type"]),
        ["a form with a long boundary"] = ("POST", "files", $"multipart/form-data; boundary={new string('b', 71)}", "",
            BadRequest, "invalid-request", ["Content-Type"]),
        ["another multipart type"] = ("POST", "files", "multipart/mixed; boundary=b", Part("form-data; name=\"file\"; filename=\"a.txt\""),
            HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", []),
        ["a raw upload without a filename"] = ("POST", "files", "text/plain", "content",
            HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", []),
        ["a raw upload with an empty filename"] = ("POST", "files?filename=", "text/plain", "content",
            BadRequest, "invalid-request", ["filename"]),
        ["a raw upload with a media type that is none"] = ("POST", "files?filename=a.txt", "nonsense", "content",
            BadRequest, "invalid-request", ["Content-Type"]),
        ["a raw upload with a long media type"] = ("POST", "files?filename=a.txt", $"text/{new string('x', 300)}", "content",
            BadRequest, "invalid-request", ["contentType"]),
        ["a raw upload with an overlong filename"] = ("POST", $"files?filename={new string('n', 2000)}", "text/plain", "content",
            BadRequest, "invalid-request", ["filename"]),
        ["new content with a media type that is none"] = ("PUT", "files/{id}/content", "nonsense", "content",
            BadRequest, "invalid-request", ["Content-Type"]),
        ["new content with a long media type"] = ("PUT", "files/{id}/content", $"text/{new string('x', 300)}", "content",
            BadRequest, "invalid-request", ["contentType"]),
        ["a new name in another media type"] = ("PATCH", "files/{id}", "text/plain", """{"filename": "a.txt"}""",
            HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", []),
        ["a new name without a media type"] = ("PATCH", "files/{id}", null, """{"filename": "a.txt"}""",
            HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", []),
        ["a new name in nothing"] = ("PATCH", "files/{id}", Json, "", BadRequest, "invalid-request", ["$"]),
        ["a new name in null"] = ("PATCH", "files/{id}", Json, "null", BadRequest, "invalid-request", ["$"]),
        ["a new name in an array"] = ("PATCH", "files/{id}", Json, """["a.txt"]""", BadRequest, "invalid-request", ["$"]),
        ["a new name in broken JSON"] = ("PATCH", "files/{id}", Json, """{"filename": "a.txt" """, BadRequest, "invalid-request", ["$"]),
        ["a new name in deep JSON"] = ("PATCH", "files/{id}", Json, $$"""{"deep": {{new string('[', 1000)}}{{new string(']', 1000)}}}""",
            BadRequest, "invalid-request", ["deep"]),
        ["a new name of another type"] = ("PATCH", "files/{id}", Json, """{"filename": 7}""", BadRequest, "invalid-request", ["filename"]),
        ["a new name that is an object"] = ("PATCH", "files/{id}", Json, """{"filename": {"name": "a.txt"}}""",
            BadRequest, "invalid-request", ["filename"]),
        ["two new names"] = ("PATCH", "files/{id}", Json, """{"filename": "a.txt", "filename": "b.txt"}""",
            BadRequest, "invalid-request", ["filename"]),
        ["half a surrogate pair as new name"] = ("PATCH", "files/{id}", Json, """{"filename": "\ud800.txt"}""",
            BadRequest, "invalid-request", ["filename"]),
        ["no new name"] = ("PATCH", "files/{id}", Json, "{}", BadRequest, "invalid-request", ["filename"]),
        ["a new name of null"] = ("PATCH", "files/{id}", Json, """{"filename": null}""", BadRequest, "invalid-request", ["filename"]),
        ["an overlong new name"] = ("PATCH", "files/{id}", Json, $$"""{"filename": "{{new string('n', 60_000)}}"}""",
            BadRequest, "invalid-request", ["filename"]),
        ["an oversized JSON body"] = ("PATCH", "files/{id}", Json, $$"""{"filename": "a.txt", "ignored": "{{new string('x', 70_000)}}"}""",
            HttpStatusCode.RequestEntityTooLarge, "content-too-large", []),
        ["a limit of nothing"] = ("GET", "files?limit=0", null, "", BadRequest, "invalid-request", ["limit"]),
        ["a limit of too much"] = ("GET", "files?limit=501", null, "", BadRequest, "invalid-request", ["limit"]),
        ["a negative limit"] = ("GET", "audit?limit=-1", null, "", BadRequest, "invalid-request", ["limit"]),
        ["a limit that is no number"] = ("GET", "notifications?limit=many", null, "", BadRequest, "invalid-request", ["limit"]),
        ["a limit beyond all numbers"] = ("GET", "files/{id}/history?limit=99999999999999999999", null, "",
            BadRequest, "invalid-request", ["limit"]),
        ["a continuation token of files that is none"] = ("GET", "files?continuationToken=nonsense", null, "",
            BadRequest, "invalid-request", ["continuationToken"]),
        ["a continuation token of files that leads elsewhere"] = ("GET", "files?continuationToken=cHJvZmlsZQ", null, "",
            BadRequest, "invalid-request", ["continuationToken"]),
        ["a continuation token of a history that is none"] = ("GET", "files/{id}/history?continuationToken=%00", null, "",
            BadRequest, "invalid-request", ["continuationToken"]),
        ["a continuation token of the audit log that is none"] = ("GET", "audit?continuationToken=%27%20or%20true", null, "",
            BadRequest, "invalid-request", ["continuationToken"]),
        ["an overlong continuation token"] = ("GET", $"audit?continuationToken={new string('a', 1500)}", null, "",
            BadRequest, "invalid-request", ["continuationToken"]),
        ["a time that is none"] = ("GET", "audit?from=yesterday", null, "", BadRequest, "invalid-request", ["from"]),
        ["a field that is not known"] = ("PATCH", "files/{id}", Json, """{"filename": "b.txt", "unknown": [1, {"field": null}]}""", BadRequest, "invalid-request", ["unknown"]),
        ["a time with a plus that is not escaped"] = ("GET", "audit?from=2026-01-17T09:30:00+02:00", null, "", BadRequest, "invalid-request", ["from"]),
        ["a day that there is not"] = ("GET", "audit?to=2026-02-30T00:00:00Z", null, "", BadRequest, "invalid-request", ["to"]),
        ["an overlong filter"] = ("GET", $"audit?resourceId={new string('r', 1500)}", null, "",
            BadRequest, "invalid-request", ["resourceId"]),
        ["a sequence that is none"] = ("GET", "notifications?after=first", null, "", BadRequest, "invalid-request", ["after"]),
        ["a negative sequence"] = ("GET", "notifications?after=-1", null, "", BadRequest, "invalid-request", ["after"]),
        ["a sequence that JavaScript cannot hold"] = ("GET", "notifications?after=9007199254740992", null, "",
            BadRequest, "invalid-request", ["after"]),
        ["a wait without end"] = ("GET", "notifications?wait=31", null, "", BadRequest, "invalid-request", ["wait"]),
        ["a wait that is no number"] = ("GET", "notifications?wait=1.5", null, "", BadRequest, "invalid-request", ["wait"]),
        ["an overlong user id"] = ("GET", $"orchestrator/context?userId={new string('u', 1500)}", null, "",
            BadRequest, "invalid-request", ["userId"]),
    };

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Invalid_input_is_a_problem_that_names_the_field_and_changes_nothing(string name)
    {
        var (method, path, contentType, body, status, kind, fields) = s_cases[name];
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("there-before.txt")).Text("id");
        var before = await user.WhatIsThereAsync();
        var content = method == "GET" ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            Assert.True(content!.Headers.TryAddWithoutValidation("Content-Type", contentType));
        }

        await user.SendAsync(new HttpMethod(method), path.Replace("{id}", id, StringComparison.Ordinal), content).ProblemAsync(status, kind, fields);

        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    [Theory]
    [InlineData("PATCH", "files/{id}", """{"filename": "b.txt", "name": "c.txt"}""", "name")]
    [InlineData("PATCH", "files/{id}", """{"Filename": "b.txt"}""", "Filename")]
    [InlineData("POST", "commands", """{"name": "n", "in.put": {}}""", "in.put")]
    [InlineData("POST", "workflows", """{"name": "n", "argumentz": [1]}""", "argumentz")]
    public async Task A_field_that_is_not_known_is_named_in_words(string method, string path, string json, string field)
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("there-before.txt")).Text("id");
        var content = new StringContent(json, Encoding.UTF8, Json);

        var problem = await user.SendAsync(new HttpMethod(method), path.Replace("{id}", id, StringComparison.Ordinal), content)
            .ProblemAsync(BadRequest, "invalid-request", field);

        Assert.Equal($"There is no field '{field}' here.", Assert.Single(problem.Items("errors", field)).GetString());
    }

    [Fact]
    public async Task A_filename_in_bytes_of_Latin_1_is_refused()
    {
        var user = gateway.NewUser();
        var form = new ByteArrayContent(Encoding.Latin1.GetBytes(Part("form-data; name=\"file\"; filename=\"r\u00e9sum\u00e9.txt\"")));
        form.Headers.ContentType = MediaTypeHeaderValue.Parse(Form);

        await user.SendAsync(HttpMethod.Post, "files", form).ProblemAsync(BadRequest, "invalid-request", "filename");

        Assert.Empty(await user.FilesAsync());
    }

    [Fact]
    public async Task A_form_whose_last_part_is_broken_stores_none_of_the_parts_before_it()
    {
        var user = gateway.NewUser();
        var before = await user.WhatIsThereAsync();
        var whole = Part("form-data; name=\"file\"; filename=\"a.txt\"");
        var form = new ByteArrayContent(Encoding.UTF8.GetBytes(whole.Replace("--b--\r\n", whole[..^20], StringComparison.Ordinal)));
        form.Headers.ContentType = MediaTypeHeaderValue.Parse(Form);

        await user.SendAsync(HttpMethod.Post, "files", form).ProblemAsync(BadRequest, "invalid-request", "body");

        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("not-an-id")]
    [InlineData("..%2F..%2Faudit")]
    [InlineData("%7F")]
    [InlineData("'%20or%20true%20or%20'")]
    [InlineData("{01a2095b-c4b8-7c45-965f-153c92cf17c5}")]
    public async Task An_id_that_names_no_file_is_not_found_on_any_route(string id)
    {
        var user = gateway.NewUser();
        await user.UploadAsync("another.txt");
        var before = await user.WhatIsThereAsync();

        await FileRoutes.AssertNotFoundAsync(user, id);

        Assert.Equal(before, await user.WhatIsThereAsync());
    }

    [Fact]
    public async Task The_id_of_a_file_is_known_in_capitals_too()
    {
        var user = gateway.NewUser();
        var file = await user.UploadAsync("found.txt");

        Assert.Equal(file.ToString(), (await user.GetAsync($"files/{file.Text("id").ToUpperInvariant()}").JsonAsync()).ToString());
    }

    private static string Part(string headers) => $"--b\r\nContent-Disposition: {headers}\r\n\r\ncontent\r\n--b--\r\n";
}
