using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class ResponseTests
{
    private static async Task<HttpResponseMessage> GetAsync(InvocationResponse result, HttpMethod? method = null)
    {
        var worker = new ScriptedWorker().Http("Respond", _ => result);
        await using var host = await TestHost.StartAsync(worker);
        var response = await host.Client.SendAsync(new HttpRequestMessage(method ?? HttpMethod.Get, "api/respond"));
        await response.Content.LoadIntoBufferAsync();
        return response;
    }

    private static InvocationResponse With(Action<RpcHttp> change)
    {
        var response = ScriptedWorker.Ok(ByteString.CopyFromUtf8("body"));
        change(response.ReturnValue.Http);
        return response;
    }

    [Theory]
    [InlineData("200")]
    [InlineData("201")]
    [InlineData("302")]
    [InlineData("404")]
    [InlineData("418")]
    [InlineData("503")]
    public async Task The_functions_status_is_the_responses(string status)
    {
        using var response = await GetAsync(With(http => http.StatusCode = status));

        Assert.Equal(status, ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("body", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("204")]
    [InlineData("304")]
    public async Task A_body_where_http_allows_none_is_left_out(string status)
    {
        using var response = await GetAsync(With(http => http.StatusCode = status));

        Assert.Equal(status, ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Headers_go_out_as_the_function_set_them_but_the_framing_is_the_servers()
    {
        using var response = await GetAsync(
            With(http =>
            {
                http.Headers["Content-Type"] = "application/problem+json";
                http.Headers["X-Custom"] = "one, two";
                http.Headers["X-Empty"] = "";
                http.Headers["ETag"] = "\"v1\"";
                http.Headers["Content-Length"] = "999";
                http.Headers["Transfer-Encoding"] = "chunked";
            })
        );

        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("one, two", Assert.Single(response.Headers.GetValues("X-Custom")));
        Assert.Equal("", Assert.Single(response.Headers.GetValues("X-Empty")));
        Assert.Equal("\"v1\"", response.Headers.ETag?.Tag);
        Assert.Equal(4, response.Content.Headers.ContentLength);
        Assert.Equal("body", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Cookies_carry_all_their_attributes()
    {
        using var response = await GetAsync(
            With(http =>
            {
                http.Cookies.Add(new RpcHttpCookie { Name = "plain", Value = "1" });
                http.Cookies.Add(
                    new RpcHttpCookie
                    {
                        Name = "full",
                        Value = "a=b ü",
                        Domain = new NullableString { Value = "example.org" },
                        Path = new NullableString { Value = "/api" },
                        Expires = new NullableTimestamp
                        {
                            Value = Timestamp.FromDateTimeOffset(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero)),
                        },
                        MaxAge = new NullableDouble { Value = 60 },
                        Secure = new NullableBool { Value = true },
                        HttpOnly = new NullableBool { Value = true },
                        SameSite = RpcHttpCookie.Types.SameSite.Strict,
                    }
                );
                http.Cookies.Add(
                    new RpcHttpCookie
                    {
                        Name = "cross",
                        Value = "",
                        SameSite = RpcHttpCookie.Types.SameSite.ExplicitNone,
                    }
                );
            })
        );

        Assert.Equal(
            [
                "plain=1; path=/",
                "full=a%3Db%20%C3%BC; expires=Wed, 02 Jan 2030 03:04:05 GMT; max-age=60; domain=example.org; path=/api; secure; samesite=strict; httponly",
                "cross=; path=/; samesite=none",
            ],
            response.Headers.GetValues("Set-Cookie")
        );
    }

    [Fact]
    public async Task A_function_without_a_result_responds_204()
    {
        using var response = await GetAsync(ScriptedWorker.Done());

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_string_is_200_as_plain_text()
    {
        using var response = await GetAsync(ScriptedWorker.Returning(new TypedData { String = "Grüße, 世界 👋" }));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("Grüße, 世界 👋", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_object_is_200_as_json()
    {
        using var response = await GetAsync(ScriptedWorker.Returning(new TypedData { Json = """{"name":"Ada"}""" }));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("""{"name":"Ada"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task With_several_outputs_the_http_binding_is_the_response()
    {
        var worker = new ScriptedWorker().Add(
            "Several",
            _ =>
            {
                var response = new InvocationResponse();
                response.OutputData.Add(
                    new ParameterBinding
                    {
                        Name = "Note",
                        Data = new TypedData { String = "not this" },
                    }
                );
                response.OutputData.Add(
                    new ParameterBinding
                    {
                        Name = "Response",
                        Data = new TypedData
                        {
                            Http = new RpcHttp
                            {
                                StatusCode = "201",
                                Body = new TypedData { String = "this" },
                            },
                        },
                    }
                );
                return Task.FromResult(response);
            },
            """{"name":"req","direction":"In","type":"httpTrigger","authLevel":"Anonymous","properties":{}}""",
            """{"name":"Response","type":"http","direction":"Out"}"""
        );
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.GetAsync("api/several");

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("this", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_head_request_gets_the_headers_of_the_body_that_it_does_not_get()
    {
        using var response = await GetAsync(ScriptedWorker.Ok(ByteString.CopyFromUtf8("body")), HttpMethod.Head);

        Assert.Equal(4, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_response_that_http_cannot_carry_is_500_and_is_logged()
    {
        var worker = new ScriptedWorker()
            .Http("Bad", _ => With(http => http.Headers["X-Bad"] = "two\r\nlines"))
            .Http("Good", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.GetAsync("api/bad");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Contains(host.Lines, line => line.Contains("cannot send the response of 'Bad'", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/good")).StatusCode);
    }
}
