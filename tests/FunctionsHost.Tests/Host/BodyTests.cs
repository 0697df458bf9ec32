using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>Request bodies that a worker gets inside its invocations.</summary>
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

        var echoed = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(length, echoed.Length);
        Assert.Equal(SHA256.HashData(body), SHA256.HashData(echoed));
    }

    [Fact]
    public async Task A_body_of_one_byte_over_the_limit_is_refused_before_it_is_read()
    {
        var worker = new ScriptedWorker().Http("Echo", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        // The client sends only the head, so a response proves that the host does not wait for the body.
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
    public async Task A_chunked_body_does_not_get_into_an_invocation_as_in_the_real_host_and_the_console_says_so()
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
    public async Task Invalid_HTTP_is_the_client_s_mistake(string request)
    {
        var worker = new ScriptedWorker().Http("Echo", invocation => ScriptedWorker.Ok(invocation.Http.Body?.Bytes));
        await using var host = await TestHost.StartAsync(worker);
        using var connection = new TcpClient("localhost", host.Address.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));

        var response = new byte[12];
        await connection.GetStream().ReadExactlyAsync(response);

        Assert.Equal("HTTP/1.1 400", Encoding.ASCII.GetString(response));
        Assert.DoesNotContain(worker.Received, message => message.InvocationRequest is not null);
    }
}
