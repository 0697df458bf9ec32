using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class BodyTests
{
    private const int Limit = 104_857_600;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024 * 1024)]
    [InlineData(Limit)]
    public async Task A_body_reaches_the_function_and_comes_back_byte_for_byte(int length)
    {
        var worker = new ScriptedWorker().Http("Echo", invocation => ScriptedWorker.Ok(invocation.Http.Body?.Bytes));
        await using var host = await TestHost.StartAsync(worker);
        var body = new byte[length];
        new Random(length).NextBytes(body);

        using var response = await host.Client.PostAsync("api/echo", new ByteArrayContent(body));

        var answer = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(length, answer.Length);
        Assert.Equal(SHA256.HashData(body), SHA256.HashData(answer));
    }

    [Fact]
    public async Task A_body_of_one_byte_over_the_limit_is_refused_before_it_is_read()
    {
        var worker = new ScriptedWorker().Http("Echo", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        // Only the head is sent: an answer proves that the body was not waited for.
        using var connection = new TcpClient("localhost", host.Address.Port);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Limit + 1}\r\n\r\n")
        );
        using var reader = new StreamReader(stream);

        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync());
        Assert.DoesNotContain(worker.Received, message => message.InvocationRequest is not null);
    }

    [Fact]
    public async Task A_client_that_sends_a_too_large_body_all_the_same_sees_the_refusal()
    {
        var worker = new ScriptedWorker().Http("Echo", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.PostAsync("api/echo", new ByteArrayContent(new byte[Limit + 1]));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_chunked_body_over_the_limit_is_refused()
    {
        var worker = new ScriptedWorker().Http("Echo", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/echo") { Content = new ByteArrayContent(new byte[Limit + 1]) };
        request.Headers.TransferEncodingChunked = true;

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.DoesNotContain(worker.Received, message => message.InvocationRequest is not null);
    }

    [Fact]
    public async Task A_chunked_body_does_not_reach_the_function_as_in_the_real_host_and_the_console_says_so()
    {
        var worker = new ScriptedWorker().Http("Echo", invocation => ScriptedWorker.Ok(invocation.Http.Body?.Bytes));
        await using var host = await TestHost.StartAsync(worker);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/echo") { Content = new StringContent("some text") };
        request.Headers.TransferEncodingChunked = true;

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Contains(host.Lines, line => line.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_its_body_harms_nobody()
    {
        var worker = new ScriptedWorker().Http("Echo", invocation => ScriptedWorker.Ok(invocation.Http.Body?.Bytes));
        await using var host = await TestHost.StartAsync(worker);

        using (var connection = new TcpClient("localhost", host.Address.Port))
            await connection
                .GetStream()
                .WriteAsync(Encoding.ASCII.GetBytes("POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"));

        Assert.Equal("whole", await (await host.Client.PostAsync("api/echo", new StringContent("whole"))).Content.ReadAsStringAsync());
        Assert.Single(worker.Received, message => message.InvocationRequest is not null);
    }

    [Theory]
    [InlineData("GET /api/echo HTTP/1.1\r\nHost: xn--\r\n\r\n")]
    [InlineData("POST /api/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n")]
    [InlineData("POST /api/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n")]
    public async Task What_is_no_HTTP_is_the_client_s_mistake(string request)
    {
        var worker = new ScriptedWorker().Http("Echo", invocation => ScriptedWorker.Ok(invocation.Http.Body?.Bytes));
        await using var host = await TestHost.StartAsync(worker);
        using var connection = new TcpClient("localhost", host.Address.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));

        var answer = new byte[12];
        await connection.GetStream().ReadExactlyAsync(answer);

        Assert.Equal("HTTP/1.1 400", Encoding.ASCII.GetString(answer));
        Assert.DoesNotContain(worker.Received, message => message.InvocationRequest is not null);
    }

    [Fact]
    public async Task A_worker_without_raw_bytes_gets_text_as_text_and_the_rest_as_bytes()
    {
        var worker = new ScriptedWorker().Http("Echo", _ => ScriptedWorker.Ok());
        worker.Capabilities.Remove("RawHttpBodyBytes");
        await using var host = await TestHost.StartAsync(worker);

        await host.Client.PostAsync("api/echo", new StringContent("Grüße 世界", Encoding.UTF8, "text/plain"));
        await host.Client.PostAsync(
            "api/echo",
            new ByteArrayContent([0, 255]) { Headers = { ContentType = new("application/octet-stream") } }
        );

        var bodies = worker
            .Received.Where(message => message.InvocationRequest is not null)
            .Select(message => message.InvocationRequest.InputData[0].Data.Http)
            .ToList();
        Assert.Equal("Grüße 世界", bodies[0].Body.String);
        Assert.Equal(ByteString.CopyFrom(0, 255), bodies[1].Body.Bytes);
        Assert.All(bodies, http => Assert.Null(http.RawBody));
    }

    [Fact]
    public async Task A_worker_that_takes_more_than_the_body_gets_the_raw_body_too()
    {
        var worker = new ScriptedWorker().Http("Echo", _ => ScriptedWorker.Ok());
        worker.Capabilities.Remove("RawHttpBodyBytes");
        worker.Capabilities.Remove("RpcHttpBodyOnly");
        await using var host = await TestHost.StartAsync(worker);

        await host.Client.PostAsync("api/echo", new StringContent("""{"a":1}""", Encoding.UTF8, "application/json"));
        await host.Client.PostAsync("api/echo", new StringContent("{broken", Encoding.UTF8, "application/json"));

        var bodies = worker
            .Received.Where(message => message.InvocationRequest is not null)
            .Select(message => message.InvocationRequest.InputData[0].Data.Http)
            .ToList();
        Assert.Equal("""{"a":1}""", bodies[0].Body.Json);
        Assert.Equal("""{"a":1}""", bodies[0].RawBody.String);
        Assert.Equal("{broken", bodies[1].Body.String);
    }
}
