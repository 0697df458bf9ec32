using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class RequestTests
{
    private static async Task<InvocationRequest> SendAsync(HttpRequestMessage request)
    {
        var worker = new ScriptedWorker().Http("Echo", _ => ScriptedWorker.Ok(), "echo/{name?}");
        await using var host = await TestHost.StartAsync(worker);
        (await host.Client.SendAsync(request)).EnsureSuccessStatusCode();
        return worker.Received.Single(message => message.InvocationRequest is not null).InvocationRequest;
    }

    [Fact]
    public async Task The_request_is_the_triggers_parameter_with_its_whole_address()
    {
        var invocation = await SendAsync(
            new HttpRequestMessage(HttpMethod.Patch, "api/echo/a%2Fb%20%C3%BC?x=1&x=2&empty=&name=%E4%B8%96&flag")
        );

        var input = Assert.Single(invocation.InputData);
        Assert.Equal("req", input.Name);
        Assert.Equal("PATCH", input.Data.Http.Method);
        var url = new Uri(input.Data.Http.Url);
        Assert.Equal("http", url.Scheme);
        Assert.Equal("/api/echo/a%2Fb%20%C3%BC", url.AbsolutePath);
        Assert.Equal("?x=1&x=2&empty=&name=%E4%B8%96&flag", url.Query);
    }

    [Fact]
    public async Task Headers_are_lower_case_and_keep_empty_and_several_values()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/echo");
        request.Headers.TryAddWithoutValidation("X-Mixed-Case", "Value");
        request.Headers.TryAddWithoutValidation("X-Several", ["one", "two"]);
        request.Headers.TryAddWithoutValidation("X-Empty", "");
        request.Headers.TryAddWithoutValidation("Cookie", "a=1; b=%C3%BC; c=");

        var http = (await SendAsync(request)).InputData[0].Data.Http;

        Assert.Equal("Value", http.NullableHeaders["x-mixed-case"].Value);
        Assert.Equal("one,two", http.NullableHeaders["x-several"].Value.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("", http.NullableHeaders["x-empty"].Value);
        Assert.Equal("a=1; b=%C3%BC; c=", http.NullableHeaders["cookie"].Value);
        Assert.Empty(http.Headers);
    }

    [Fact]
    public async Task A_header_in_utf_8_arrives_as_it_is()
    {
        var worker = new ScriptedWorker().Http("Echo", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);
        using var connection = new TcpClient("localhost", host.Address.Port);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes("GET /api/echo HTTP/1.1\r\nHost: localhost\r\nX-Name: Grüße 世界\r\nConnection: close\r\n\r\n")
        );
        await new StreamReader(stream).ReadToEndAsync();

        var http = worker.Received.Single(message => message.InvocationRequest is not null).InvocationRequest.InputData[0].Data.Http;
        Assert.Equal("Grüße 世界", http.NullableHeaders["x-name"].Value);
    }

    [Fact]
    public async Task Query_and_route_values_keep_empty_and_foreign_ones()
    {
        var http = (
            await SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/echo/J%C3%BCrgen?empty=&word=%E4%B8%96+%2B&twice=1&twice=2"))
        )
            .InputData[0]
            .Data
            .Http;

        Assert.Equal("Jürgen", http.NullableParams["name"].Value);
        Assert.Equal("", http.NullableQuery["empty"].Value);
        Assert.Equal("世 +", http.NullableQuery["word"].Value);
        Assert.Equal("1,2", http.NullableQuery["twice"].Value);
        Assert.Empty(http.Query);
        Assert.Empty(http.Params);
    }

    [Fact]
    public async Task Route_and_query_values_are_trigger_metadata_and_the_route_wins_and_the_key_is_left_out()
    {
        var metadata = (
            await SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/echo/route?name=query&other=1&code=secret"))
        ).TriggerMetadata;

        Assert.Equal("route", metadata["name"].String);
        Assert.Equal("1", metadata["other"].String);
        Assert.DoesNotContain("code", metadata.Keys);
        Assert.DoesNotContain("req", metadata.Keys);
        Assert.Equal("1", JsonDocument.Parse(metadata["Query"].Json).RootElement.GetProperty("other").GetString());
        Assert.True(JsonDocument.Parse(metadata["Headers"].Json).RootElement.TryGetProperty("Host", out _));
    }

    [Fact]
    public async Task A_trace_of_the_callers_goes_on()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/echo");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        request.Headers.Add("tracestate", "vendor=value");

        var trace = (await SendAsync(request)).TraceContext;

        Assert.Matches("^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$", trace.TraceParent);
        Assert.DoesNotContain("b7ad6b7169203331", trace.TraceParent, StringComparison.Ordinal);
        Assert.Equal("vendor=value", trace.TraceState);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not-a-trace")]
    public async Task A_request_without_a_trace_begins_one(string? traceParent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/echo");
        request.Headers.TryAddWithoutValidation("traceparent", traceParent);

        Assert.Matches("^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$", (await SendAsync(request)).TraceContext.TraceParent);
    }
}
