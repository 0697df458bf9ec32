using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Together;

/// <summary>The sample app's HTTP functions in a real worker process on ASP.NET Core, called through a real host process.</summary>
public sealed class HttpTests(HttpTests.Fixture fixture) : IClassFixture<HttpTests.Fixture>
{
    private const int Limit = 104_857_600;

    private const string Functions =
        "Text Nothing Status Verbs Headers Encoded Produce Events OpenGate Refuse Measure Echo "
        + "Throw ThrowLater ThrowMidway Hang Stream Wait Logs";

    private HttpClient Client => fixture.Host.Client;

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(Limit, false)]
    [InlineData(Limit, true)]
    public async Task A_body_reaches_the_function_byte_for_byte(int length, bool chunked)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/measure") { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await Client.SendAsync(request);
        var measured = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(length, measured.GetProperty("length").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), measured.GetProperty("sha256").GetString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000_000)]
    public async Task A_body_reaches_the_client_byte_for_byte(int length)
    {
        var body = await Client.GetByteArrayAsync($"api/produce/{length}");

        Assert.Equal(length, body.Length);
        Assert.All(Enumerable.Range(0, 1000).Select(n => (int)(n / 1000.0 * length)).Where(n => n < length), n => Assert.Equal(n % 251, body[n]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_one_byte_over_the_limit_is_refused_and_the_next_call_works(bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/measure") { Content = new ByteArrayContent(new byte[Limit + 1]) };
        request.Headers.TransferEncodingChunked = chunked;

        using var refused = await Client.SendAsync(request);
        using var taken = await Client.PostAsJsonAsync("api/measure", "as .NET sends it: chunked");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal(27, (await taken.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("length").GetInt64());
    }

    [Fact]
    public async Task The_function_has_the_first_bytes_of_a_body_before_the_last_are_sent()
    {
        var mark = fixture.Host.Process.Output.Count;
        using var content = new HandFedContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/measure") { Content = content };
        var sending = Client.SendAsync(request);

        await content.WriteAsync(new byte[100_000]);
        await fixture.Host.Process.WaitForLineAsync("bytes are there", after: mark);
        await content.WriteAsync([4]);
        content.Complete();

        using var response = await sending;
        Assert.Equal(100_001, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("length").GetInt64());
    }

    [Fact]
    public async Task Server_sent_events_arrive_one_by_one()
    {
        using var response = await Client.GetAsync("api/events/3", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        for (var n = 1; n <= 3; n++)
        {
            // The function writes the next event only when the gate is opened again.
            Assert.Equal($"data: {n}", await reader.ReadLineAsync().WaitAsync(Eventually.DefaultDeadline));
            Assert.Equal("", await reader.ReadLineAsync());
            if (n < 3)
                await Client.PostAsync("api/gate", null);
        }

        Assert.Null(await reader.ReadLineAsync());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Everything_of_a_request_reaches_the_function()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/ECHO/a%2Fb%20%C3%BC?x=1&x=2&empty=&word=%E4%B8%96%2B");
        request.Headers.TryAddWithoutValidation("X-Mixed", "Value");
        request.Headers.TryAddWithoutValidation("Cookie", "a=1; b=two");
        request.Content = new StringContent("Grüße 世界 👋", Encoding.UTF8, "text/plain");

        using var response = await Client.SendAsync(request);
        var echo = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal("POST", echo.GetProperty("method").GetString());
        Assert.Equal("/api/ECHO/a%2Fb%20%C3%BC?x=1&x=2&empty=&word=%E4%B8%96%2B", echo.GetProperty("url").GetString());
        Assert.Equal(Client.BaseAddress!.Authority, echo.GetProperty("host").GetString());
        Assert.Equal("a%2Fb ü", echo.GetProperty("name").GetString());
        Assert.Equal("Value", Header("X-MIXED"));
        Assert.Equal("a=1; b=two", Header("COOKIE"));
        Assert.Equal("Grüße 世界 👋", echo.GetProperty("body").GetString());
        Assert.Equal(echo.GetProperty("invocationId").GetString(), Header("X-MS-INVOCATION-ID"));

        string? Header(string name) => echo.GetProperty("headers").GetProperty(name).GetString();
    }

    [Theory]
    [InlineData("GET", "api/text", 200, "Grüße, 世界 👋")]
    [InlineData("GET", "api/nothing", 200, "")]
    [InlineData("GET", "api/status/418", 418, "")]
    [InlineData("GET", "api/failures/throw", 500, "")]
    [InlineData("GET", "api/failures/throw-later", 500, "")]
    [InlineData("GET", "api/verbs", 200, "verbs")]
    [InlineData("HEAD", "api/verbs", 200, "")]
    [InlineData("OPTIONS", "api/verbs", 200, "verbs")]
    [InlineData("HEAD", "api/text", 404, "")]
    [InlineData("OPTIONS", "api/text", 404, "")]
    [InlineData("GET", "api/status/none", 404, "")]
    public async Task A_response_is_the_functions(string method, string path, int status, string body)
    {
        using var response = await Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Headers_redirections_and_lengths_come_back_untouched()
    {
        using var headers = await Client.GetAsync("api/headers");
        using var encoded = await Client.GetAsync("api/encoded");
        using var head = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "api/produce/100000"));

        Assert.Equal(HttpStatusCode.Redirect, headers.StatusCode);
        Assert.Equal("/elsewhere", headers.Headers.Location?.ToString());
        Assert.Equal(["one", "two"], headers.Headers.GetValues("x-several"));
        Assert.Equal("", Assert.Single(headers.Headers.GetValues("x-empty")));
        Assert.Equal(["plain=1; path=/", "full=a%3Db; path=/; samesite=strict; httponly"], headers.Headers.GetValues("Set-Cookie"));
        Assert.Equal([1, 2, 3], await encoded.Content.ReadAsByteArrayAsync());
        Assert.Equal(100_000, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_client_notices_a_response_that_fails_midway()
    {
        var mark = fixture.Host.Process.Output.Count;

        using var response = await Client.GetAsync("api/failures/throw-midway", HttpCompletionOption.ResponseHeadersRead);
        await response.Content.ReadAsByteArrayAsync().ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await fixture.Host.Process.WaitForLineAsync("Executed 'Functions.ThrowMidway' (Failed", after: mark);
    }

    [Fact]
    public async Task A_hundred_calls_run_at_once()
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, 100).Select(n => Client.GetStringAsync($"api/wait/{300 + n}")));

        Assert.Equal(Enumerable.Range(300, 100).Select(n => n.ToString(CultureInfo.InvariantCulture)), responses);
    }

    [Theory]
    [InlineData("api/failures/hang", "Hang")]
    [InlineData("api/failures/stream", "Stream")]
    public async Task A_client_that_goes_away_cancels_the_function(string path, string function)
    {
        var mark = fixture.Host.Process.Output.Count;
        using var leaving = new CancellationTokenSource();
        var hanging = ReadAsync();
        await fixture.Host.Process.WaitForLineAsync("Hanging.", after: mark);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        await fixture.Host.Process.WaitForLineAsync("Canceled.", after: mark);
        await fixture.Host.Process.WaitForLineAsync($"Executed 'Functions.{function}' (Failed", after: mark);
        await fixture.Host.Process.WaitForLineAsync($"GET /{path} aborted", after: mark);

        async Task ReadAsync()
        {
            using var response = await Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
            await response.Content.ReadAsByteArrayAsync(leaving.Token);
        }
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData(null)]
    public async Task A_request_and_its_invocation_are_in_one_trace_which_is_the_callers_if_it_sent_one(string? caller)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/echo");
        request.Headers.TryAddWithoutValidation("traceparent", caller ?? "");

        using var response = await Client.SendAsync(request);
        var echo = await response.Content.ReadFromJsonAsync<JsonElement>();

        var invocation = echo.GetProperty("traceParent").GetString()!;
        var forwarded = echo.GetProperty("headers").GetProperty("TRACEPARENT").GetString()!;
        Assert.Equal(invocation[..35], forwarded[..35]);
        Assert.Equal(caller ?? forwarded, forwarded);
    }

    [Fact]
    public async Task What_the_function_logs_is_on_the_console()
    {
        var word = $"word-{Guid.NewGuid():N}";

        await Client.GetAsync($"api/logs/{word}");

        await fixture.Host.Process.WaitForLineAsync(word);
        await fixture.Host.Process.WaitForLineAsync("A logged exception.");
    }

    /// <summary>A chunked body that a test writes piece by piece.</summary>
    private sealed class HandFedContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task WriteAsync(byte[] bytes)
        {
            var stream = await _stream.Task.WaitAsync(Eventually.DefaultDeadline);
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
        }

        public void Complete() => _complete.SetResult();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            return _complete.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal HostProcess Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await HostProcess.StartAsync(Functions);

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
