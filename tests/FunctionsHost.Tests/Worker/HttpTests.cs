using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class HttpTests(ReadyWorker worker) : IClassFixture<ReadyWorker>
{
    private static readonly JsonSerializerOptions _relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(104_857_600)]
    public async Task A_body_arrives_and_returns_byte_for_byte(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        var echoed = await worker.Host.RequestAsync("EchoBody", Post(bytes));
        var measured = Json(await worker.Host.RequestAsync("Measure", Post(bytes)));

        Assert.Equal("200", echoed.StatusCode);
        Assert.True(echoed.Body.Bytes.Span.SequenceEqual(bytes));
        Assert.Equal(length, measured.GetProperty("Length").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), measured.GetProperty("Sha256").GetString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public async Task A_body_stream_of_the_apps_own_is_sent(int length)
    {
        var response = await worker.Host.RequestAsync("Produce", Get(("length", $"{length}")));

        Assert.True(response.Body.Bytes.Span.SequenceEqual(Enumerable.Range(0, length).Select(i => (byte)(i % 251)).ToArray()));
    }

    [Fact]
    public async Task A_request_without_a_body_reads_as_an_empty_one() =>
        Assert.Equal("", Json(await worker.Host.RequestAsync("Echo")).GetProperty("Body").GetString());

    [Fact]
    public async Task A_function_sees_the_request_as_it_was_sent()
    {
        var request = Post("Grüße 👋"u8.ToArray());
        request.Url = "http://localhost:7071/api/echo/na%2Fme?q=a%20b&q=c&empty=&%C3%BC=%E4%B8%96";
        request.NullableParams["name"] = Value("na%2Fme");
        request.NullableHeaders["x-text"] = Value("one, two");
        request.NullableHeaders["x-empty"] = Value("");
        request.NullableHeaders["x-missing"] = new NullableString();
        request.NullableHeaders["x-unicode"] = Value("çé");
        request.NullableHeaders["cookie"] = Value("a=1; b=x=y;c=; bad; d = 4");

        var seen = Json(await worker.Host.RequestAsync("Echo", request));

        Assert.Equal("POST", seen.GetProperty("Method").GetString());
        Assert.Equal("Grüße 👋", seen.GetProperty("Body").GetString());
        Assert.Equal("na%2Fme", seen.GetProperty("Name").GetString());
        Assert.StartsWith("http://localhost:7071/api/echo/na%2Fme?q=a", seen.GetProperty("Url").GetString(), StringComparison.Ordinal);
        Assert.Equal("""{"q":["a b","c"],"empty":[""],"ü":["世"]}""", Compact(seen.GetProperty("Query")));
        Assert.Equal("""{"a":"1","b":"x=y","c":"","d":"4"}""", Compact(seen.GetProperty("Cookies")));
        var headers = seen.GetProperty("Headers");
        Assert.Equal("one, two", headers.GetProperty("x-text").GetString());
        Assert.Equal("", headers.GetProperty("x-empty").GetString());
        Assert.Equal("", headers.GetProperty("x-missing").GetString());
        Assert.Equal("çé", headers.GetProperty("x-unicode").GetString());
    }

    [Fact]
    public async Task Trigger_metadata_is_the_binding_data()
    {
        var invocation = worker.Host.HttpInvocation("Echo", Get(("name", "n")));
        invocation.TriggerMetadata["Query"] = new TypedData { Json = """{"q":"1"}""" };
        invocation.TriggerMetadata["number"] = new TypedData { Int = 7 };

        var response = await worker.Host.InvokeAsync(invocation);

        Assert.Equal("""{"name":"n","Query":"{\u0022q\u0022:\u00221\u0022}","number":"7"}""",
            JsonSerializer.Serialize(Json(response.ReturnValue.Http).GetProperty("BindingData")
                .EnumerateObject().OrderBy(value => value.Name switch { "name" => 0, "Query" => 1, _ => 2 })
                .ToDictionary(value => value.Name, value => value.Value.GetString())));
    }

    [Fact]
    public async Task The_callers_identity_is_told()
    {
        var request = Get();
        request.Identities.Add(new RpcClaimsIdentity
        {
            AuthenticationType = Value("test"),
            NameClaimType = Value("who"),
            Claims = { new RpcClaim { Type = "who", Value = "Ada" } },
        });

        Assert.Equal("""["Ada"]""", Compact(Json(await worker.Host.RequestAsync("Echo", request)).GetProperty("Identities")));
    }

    [Fact]
    public async Task Headers_go_out_as_they_are_with_several_values_in_one()
    {
        var request = Get();
        request.NullableHeaders["x-echo-text"] = Value("a, b; c=\"d\"");
        request.NullableHeaders["x-echo-empty"] = Value("");

        var response = await worker.Host.RequestAsync("EchoHeaders", request);

        Assert.Equal("204", response.StatusCode);
        Assert.Equal("a, b; c=\"d\"", response.Headers["x-echo-text"]);
        Assert.Equal("", response.Headers["x-echo-empty"]);
        Assert.Equal("one,two", response.Headers["x-several"]);
        Assert.Equal(0, response.Body.Bytes.Length);
    }

    [Fact]
    public async Task Cookies_go_out_with_everything_that_was_set_on_them()
    {
        var cookies = (await worker.Host.RequestAsync("Cookies")).Cookies;

        Assert.Equal(new RpcHttpCookie { Name = "plain", Value = "1" }, cookies[0]);
        Assert.Equal(
            new RpcHttpCookie
            {
                Name = "full",
                Value = "a=b",
                Domain = Value("example.org"),
                Path = Value("/api"),
                Expires = new NullableTimestamp { Value = new() { Seconds = 1893553445 } },
                MaxAge = new NullableDouble { Value = 60 },
                Secure = new NullableBool { Value = true },
                HttpOnly = new NullableBool { Value = true },
                SameSite = RpcHttpCookie.Types.SameSite.Strict,
            },
            cookies[1]);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(304)]
    [InlineData(418)]
    [InlineData(599)]
    public async Task Any_status_can_be_answered(int status) =>
        Assert.Equal($"{status}", (await worker.Host.RequestAsync("Status", Get(("code", $"{status}")))).StatusCode);

    [Fact]
    public async Task JSON_is_answered_with_its_content_type() =>
        Assert.Equal("application/json; charset=utf-8", (await worker.Host.RequestAsync("Context")).Headers["Content-Type"]);

    [Fact]
    public async Task JSON_cannot_be_answered_under_a_content_type_that_was_set_before()
    {
        var response = await worker.Host.InvokeHttpAsync("ContentTypeTwice");

        Assert.Equal("System.FormatException", response.Result.Exception.Type);
    }

    [Theory]
    [InlineData("Nothing")]
    [InlineData("NothingLater")]
    [InlineData("NoText")]
    public async Task A_function_that_returns_nothing_answers_without_a_value(string function)
    {
        var response = await worker.Host.InvokeHttpAsync(function);

        Assert.Equal(StatusResult.Types.Status.Success, response.Result.Status);
        Assert.Null(response.ReturnValue);
        Assert.Empty(response.OutputData);
    }

    [Fact]
    public async Task A_string_is_answered_as_a_string() =>
        Assert.Equal(new TypedData { String = "Grüße, 世界 👋" }, (await worker.Host.InvokeHttpAsync("Text")).ReturnValue);

    [Theory]
    [InlineData("Object")]
    [InlineData("ObjectOfValueTask")]
    public async Task An_object_is_answered_as_JSON(string function) =>
        Assert.Equal(new TypedData { Json = """{"Name":"Ada","Age":36}""" }, (await worker.Host.InvokeHttpAsync(function)).ReturnValue);

    [Fact]
    public async Task Bytes_are_answered_as_bytes()
    {
        var expected = new TypedData { Bytes = ByteString.CopyFrom(0, 1, 254, 255) };
        Assert.Equal(expected, (await worker.Host.InvokeHttpAsync("Bytes")).ReturnValue);
    }

    [Fact]
    public async Task Of_several_outputs_each_goes_under_its_property()
    {
        var response = await worker.Host.InvokeHttpAsync("Outputs");

        Assert.Null(response.ReturnValue);
        var output = Assert.Single(response.OutputData);
        Assert.Equal("Response", output.Name);
        Assert.Equal("201", output.Data.Http.StatusCode);
        Assert.Equal("one of several", Text(output.Data.Http));
        Assert.Equal("Outputs", output.Data.Http.Headers["x-sample"]);
    }

    [Fact]
    public async Task Middleware_sees_every_answer_and_can_replace_it()
    {
        var stamped = await worker.Host.RequestAsync("Status", Get(("code", "200")));
        var replaced = await worker.Host.RequestAsync("Replaced");

        Assert.Equal("Status", stamped.Headers["x-sample"]);
        Assert.Equal("202", replaced.StatusCode);
        Assert.Equal("instead of the function's answer", Text(replaced));
        Assert.Equal("Replaced", replaced.Headers["x-sample"]);
    }

    internal static RpcHttp Get(params (string Name, string Value)[] parameters)
    {
        var request = new RpcHttp { Method = "GET" };
        foreach (var (name, value) in parameters)
            request.NullableParams[name] = Value(value);
        return request;
    }

    internal static RpcHttp Post(byte[] body, string contentType = "application/octet-stream") => new()
    {
        Method = "POST",
        Body = new TypedData { Bytes = UnsafeByteOperations.UnsafeWrap(body) },
        NullableHeaders = { ["content-type"] = Value(contentType) },
    };

    internal static JsonElement Json(RpcHttp response) => JsonDocument.Parse(response.Body.Bytes.Memory).RootElement;

    internal static string Text(RpcHttp response) => Encoding.UTF8.GetString(response.Body.Bytes.Span);

    private static NullableString Value(string value) => new() { Value = value };

    private static string Compact(JsonElement json) => JsonSerializer.Serialize(json, _relaxed);
}
