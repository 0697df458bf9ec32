using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace McpFunctions.FunctionsHost.Tests.Together;

/// <summary>The sample app's HTTP functions in a real worker process, called through a real host process.</summary>
public sealed class HttpTests(HttpTests.Fixture fixture) : IClassFixture<HttpTests.Fixture>
{
    private const string Functions =
        "Echo EchoBody Measure Produce EchoHeaders EchoNumber EchoGuid EchoPage EchoPerson EchoMethod "
        + "Nothing Text NoText Object Bytes Status Outputs Cookies Replaced Throw ThrowLater Hang Wait Logs Context Scope";

    private HttpClient Client => fixture.Host.Client;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024 * 1024)]
    [InlineData(104_857_600)]
    public async Task A_body_goes_through_host_and_worker_and_back_byte_for_byte(int length)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);

        using var response = await Client.PostAsync("api/body", new ByteArrayContent(body));
        var answer = await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(length, answer.Length);
        Assert.Equal(SHA256.HashData(body), SHA256.HashData(answer));
    }

    [Fact]
    public async Task A_body_of_one_byte_over_the_limit_is_refused_and_the_next_call_works()
    {
        using var refused = await Client.PostAsync("api/measure", new ByteArrayContent(new byte[104_857_601]));
        using var taken = await Client.PostAsync("api/measure", new ByteArrayContent([1, 2, 3]));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal(3, (await taken.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("Length").GetInt64());
    }

    [Fact]
    public async Task Everything_of_a_request_reaches_the_function()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/ECHO/a%2Fb%20%C3%BC?x=1&x=2&empty=&word=%E4%B8%96%2B");
        request.Headers.TryAddWithoutValidation("X-Mixed", "Value");
        request.Headers.TryAddWithoutValidation("X-Empty", "");
        request.Headers.TryAddWithoutValidation("Cookie", "a=1; b=two");
        request.Content = new StringContent("Grüße 世界 👋", Encoding.UTF8, "text/plain");

        using var response = await Client.SendAsync(request);
        var echo = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal("POST", echo.GetProperty("Method").GetString());
        Assert.EndsWith(
            "/api/ECHO/a%2Fb%20%C3%BC?x=1&x=2&empty=&word=%E4%B8%96%2B",
            new Uri(echo.GetProperty("Url").GetString()!).AbsoluteUri,
            StringComparison.Ordinal
        );
        Assert.Equal("a%2Fb ü", echo.GetProperty("Name").GetString());
        Assert.Equal("Value", Header("x-mixed"));
        Assert.Equal("", Header("x-empty"));
        Assert.Equal(["1", "2"], echo.GetProperty("Query").GetProperty("x").EnumerateArray().Select(value => value.GetString()));
        Assert.Equal("", echo.GetProperty("Query").GetProperty("empty")[0].GetString());
        Assert.Equal("世+", echo.GetProperty("Query").GetProperty("word")[0].GetString());
        Assert.Equal("two", echo.GetProperty("Cookies").GetProperty("b").GetString());
        Assert.Equal("Grüße 世界 👋", echo.GetProperty("Body").GetString());

        string? Header(string name) =>
            echo.GetProperty("Headers")
                .EnumerateObject()
                .Single(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                .Value.GetString();
    }

    [Theory]
    [InlineData("api/answers/nothing", 204, "")]
    [InlineData("api/answers/text", 200, "Grüße, 世界 👋")]
    [InlineData("api/answers/object", 200, """{"Name":"Ada","Age":36}""")]
    [InlineData("api/answers/outputs", 201, "one of several")]
    [InlineData("api/answers/status/418", 418, "")]
    [InlineData("api/failures/throw", 500, "")]
    [InlineData("api/failures/throw-later", 500, "")]
    [InlineData("api/numbers/42", 200, "42")]
    [InlineData("api/numbers/none", 404, "")]
    [InlineData("api/guids/0c4e1d1c-5a3b-4f5e-9a63-0d6c3b1f2a77", 200, "0c4e1d1c-5a3b-4f5e-9a63-0d6c3b1f2a77")]
    [InlineData("api/pages", 200, "page none, size 20")]
    [InlineData("api/pages/3?size=5", 200, "page 3, size 5")]
    public async Task An_answer_is_the_functions(string path, int status, string body)
    {
        using var response = await Client.GetAsync(path);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Headers_and_cookies_come_back()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/headers");
        request.Headers.Add("X-Echo-One", "1");

        using var headers = await Client.SendAsync(request);
        using var cookies = await Client.GetAsync("api/answers/cookies");

        Assert.Equal("1", Assert.Single(headers.Headers.GetValues("x-echo-one")));
        Assert.Equal("plain=1; path=/", cookies.Headers.GetValues("Set-Cookie").First());
        Assert.Equal(
            "full=a%3Db; expires=Wed, 02 Jan 2030 03:04:05 GMT; max-age=60; domain=example.org; path=/api; secure; samesite=strict; httponly",
            cookies.Headers.GetValues("Set-Cookie").Last()
        );
    }

    [Fact]
    public async Task Five_hundred_calls_run_at_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(n => Client.GetStringAsync($"api/wait/{300 + n}")));

        Assert.Equal(Enumerable.Range(300, 500).Select(n => n.ToString(CultureInfo.InvariantCulture)), answers);
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_the_functions_token()
    {
        using var leaving = new CancellationTokenSource();
        var hanging = Client.GetAsync("api/failures/hang", leaving.Token);
        var before = await fixture.Host.Process.WaitForLineAsync("Executing 'Functions.Hang'");

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        await fixture.Host.Process.WaitForLineAsync("Executed 'Functions.Hang' (Failed");
        Assert.NotEmpty(before);
    }

    [Fact]
    public async Task The_callers_trace_goes_on_in_the_function()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/context");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        using var response = await Client.SendAsync(request);

        var traceParent = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("TraceParent").GetString();
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", traceParent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_function_logs_is_on_the_console()
    {
        var word = $"word-{Guid.NewGuid():N}";

        await Client.GetAsync($"api/logs/{word}");

        await fixture.Host.Process.WaitForLineAsync(word);
        await fixture.Host.Process.WaitForLineAsync("A logged exception.");
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal HostProcess Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await HostProcess.StartAsync(Functions);

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
