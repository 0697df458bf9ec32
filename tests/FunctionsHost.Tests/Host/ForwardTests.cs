using System.Net;
using System.Net.Sockets;
using System.Text;
using McpFunctions.Local.FunctionsProtocol;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>Requests that the host forwards to its worker. A call succeeds only if the forward and the invocation both do.</summary>
public sealed class ForwardTests
{
    private static Task<InvocationResponse> DoneAsync(ScriptedInvocation invocation) => Task.FromResult(ScriptedWorker.Done());

    private static async Task<InvocationResponse> UntilCancelledAsync(ScriptedInvocation invocation)
    {
        await Task.Delay(Timeout.Infinite, invocation.Cancelled);
        return ScriptedWorker.Done();
    }

    private static ScriptedWorker WorkerAt(Uri address, Func<ScriptedInvocation, Task<InvocationResponse>>? handler = null)
    {
        var worker = new ScriptedWorker().Http("Echo", handler ?? DoneAsync, "echo/{name?}");
        worker.Capabilities["HttpUri"] = address.ToString();
        return worker;
    }

    private static InvocationRequest InvocationOf(ScriptedWorker worker) =>
        worker.Received.Single(message => message.InvocationRequest is not null).InvocationRequest;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_invocation_carries_nothing_of_the_request_but_route_values_where_the_worker_asks_for_them(bool asks)
    {
        await using var server = await ScriptedHttpServer.StartAsync(context => context.Response.WriteAsync("answer"));
        var worker = WorkerAt(server.Address);
        if (asks)
            worker.Capabilities["RequiresRouteParameters"] = "True";
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.PostAsync("api/echo/route?query=1", new StringContent("body"));

        var http = InvocationOf(worker).InputData.Single().Data.Http;
        Assert.Equal(asks ? "route" : null, http.NullableParams.GetValueOrDefault("name")?.Value);
        http.NullableParams.Clear();
        Assert.Equal(new RpcHttp(), http);
        Assert.Equal("answer", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_request_is_forwarded_as_it_came_with_the_id_and_the_trace_of_its_invocation()
    {
        var (method, url, body) = ("", "", "");
        var headers = new Dictionary<string, string>();
        await using var server = await ScriptedHttpServer.StartAsync(async context =>
        {
            method = context.Request.Method;
            url = context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent();
            headers = context.Request.Headers.ToDictionary(header => header.Key.ToUpperInvariant(), header => header.Value.ToString());
            body = await new StreamReader(context.Request.Body).ReadToEndAsync();
        });
        var worker = WorkerAt(server.Address);
        await using var host = await TestHost.StartAsync(worker);

        await host.Client.PutAsync("api/ECHO/a%2Fb%20%C3%BC%25?x=1&x=2&empty=", new StringContent("Grüße"));

        Assert.Equal("PUT", method);
        Assert.Equal("/api/ECHO/a%2Fb%20%C3%BC%25?x=1&x=2&empty=", url);
        Assert.Equal("Grüße", body);
        Assert.Equal(InvocationOf(worker).InvocationId, headers["X-MS-INVOCATION-ID"]);
        Assert.Equal(InvocationOf(worker).TraceContext.TraceParent, headers["TRACEPARENT"]);
        Assert.Equal(host.Address.Authority, headers["X-FORWARDED-HOST"]);
        Assert.Equal("http", headers["X-FORWARDED-PROTO"]);
    }

    [Fact]
    public async Task Headers_of_the_clients_own_stay()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var headers = new Dictionary<string, string>();
        await using var server = await ScriptedHttpServer.StartAsync(context =>
        {
            headers = context.Request.Headers.ToDictionary(header => header.Key.ToUpperInvariant(), header => header.Value.ToString());
            return Task.CompletedTask;
        });
        await using var host = await TestHost.StartAsync(WorkerAt(server.Address));
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/echo");
        request.Headers.Add("x-ms-invocation-id", "mine");
        request.Headers.Add("traceparent", Trace);
        request.Headers.Add("Cookie", "a=1; b=2");

        await host.Client.SendAsync(request);

        Assert.Equal("mine", headers["X-MS-INVOCATION-ID"]);
        Assert.Equal(Trace, headers["TRACEPARENT"]);
        Assert.Equal("a=1; b=2", headers["COOKIE"]);
    }

    [Fact]
    public async Task An_expectation_that_the_worker_does_not_understand_delays_nothing()
    {
        await using var server = await ScriptedHttpServer.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await using var host = await TestHost.StartAsync(WorkerAt(server.Address));
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/echo") { Content = new StringContent("body") };
        request.Headers.TryAddWithoutValidation("Expect", ["something", "100-continue"]);

        using var response = await host.Client.SendAsync(request);

        Assert.Equal("body", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET", "Via: é", 400)]
    [InlineData("GET", "Range: é", 400)]
    [InlineData("POST", "Accept: é", 400)]
    [InlineData("CONNECT", "Accept: */*", 501)]
    public async Task A_request_that_cannot_be_forwarded_is_refused_and_starts_no_invocation(string method, string header, int status)
    {
        await using var server = await ScriptedHttpServer.StartAsync(context => context.Response.WriteAsync("answer"));
        var worker = WorkerAt(server.Address);
        await using var host = await TestHost.StartAsync(worker);
        using var connection = new TcpClient("localhost", host.Address.Port);
        var stream = connection.GetStream();

        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{method} /api/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n\r\n"));

        Assert.StartsWith($"HTTP/1.1 {status} ", await new StreamReader(stream).ReadToEndAsync());
        Assert.DoesNotContain(worker.Received, message => message.InvocationRequest is not null);
    }

    [Fact]
    public async Task The_response_comes_back_as_the_worker_sent_it()
    {
        await using var server = await ScriptedHttpServer.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            context.Response.Headers.Location = "/elsewhere";
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.Headers.Append("Set-Cookie", "a=1");
            context.Response.Headers.Append("Set-Cookie", "b=2");
            context.Response.ContentLength = 3;
            return context.Response.WriteAsync("no!");
        });
        await using var host = await TestHost.StartAsync(WorkerAt(server.Address));

        for (var n = 0; n < 2; n++)
        {
            using var response = await host.Client.GetAsync("api/echo");

            Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
            Assert.Equal("/elsewhere", response.Headers.Location?.ToString());
            Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
            Assert.Equal(["a=1", "b=2"], response.Headers.GetValues("Set-Cookie"));
            Assert.Equal(3, response.Content.Headers.ContentLength);
            Assert.Equal("no!", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_worker_that_does_not_listen_yet_is_tried_again()
    {
        var port = FreePort.Next();
        var worker = WorkerAt(new Uri($"http://127.0.0.1:{port}"));
        var time = new FakeTime();
        await using var host = await TestHost.StartAsync(worker, time: time);

        var response = host.Client.PostAsync("api/echo", new StringContent("body"));
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));
        await using var server = await ScriptedHttpServer.StartAsync(
            context => context.Request.Body.CopyToAsync(context.Response.Body),
            port
        );
        await Eventually.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            return response.IsCompleted;
        });

        Assert.Equal("body", await (await response).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_host_that_stops_tells_its_worker_while_a_response_is_under_way()
    {
        // A stubborn worker gets the message and still lives until its requests have ended.
        var worker = new ScriptedWorker { IsStubborn = true }.Http("Echo", DoneAsync, "echo");
        await using var server = await ScriptedHttpServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begin ");
            await context.Response.Body.FlushAsync();
            await Eventually.UntilAsync(() => worker.Received.Any(message => message.WorkerTerminate is not null));
            await context.Response.WriteAsync("end");
        });
        worker.Capabilities["HttpUri"] = server.Address.ToString();
        await using var host = await TestHost.StartAsync(worker);
        using var response = await host.Client.GetAsync("api/echo", HttpCompletionOption.ResponseHeadersRead);

        host.BeginStop();

        Assert.Equal("begin end", await response.Content.ReadAsStringAsync());
        await host.Ran.WaitAsync(Eventually.DefaultDeadline);
        Assert.DoesNotContain(host.Lines, line => line.Contains("estart", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_never_listens_costs_a_500_and_its_function_is_cancelled()
    {
        var worker = WorkerAt(new Uri($"http://127.0.0.1:{FreePort.Next()}"), UntilCancelledAsync);
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.GetAsync("api/echo");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Contains(worker.Received, message => message.InvocationCancel is not null);
        Assert.Contains(host.Lines, line => line.Contains("Failed to proxy request with ForwarderError: Request", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_function_that_fails_gives_500_unless_the_worker_has_responded()
    {
        var text = "";
        await using var server = await ScriptedHttpServer.StartAsync(context => context.Response.WriteAsync(text));
        await using var host = await TestHost.StartAsync(
            WorkerAt(server.Address, _ => Task.FromResult(ScriptedWorker.Failure("The function threw.")))
        );

        using var silent = await host.Client.GetAsync("api/echo");
        text = "said before the failure";
        using var spoken = await host.Client.GetAsync("api/echo");

        Assert.Equal(HttpStatusCode.InternalServerError, silent.StatusCode);
        Assert.Empty(await silent.Content.ReadAsByteArrayAsync());
        Assert.Equal("said before the failure", await spoken.Content.ReadAsStringAsync());
        Assert.Equal(2, host.Lines.Count(line => line.Contains("Executed 'Functions.Echo' (Failed", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_that_is_lost_midway_costs_a_500_or_breaks_off_what_has_begun(bool hasBegun)
    {
        var arrived = new TaskCompletionSource();
        await using var server = await ScriptedHttpServer.StartAsync(async context =>
        {
            if (hasBegun)
            {
                await context.Response.WriteAsync("the first part");
                await context.Response.Body.FlushAsync();
            }

            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var worker = WorkerAt(server.Address, UntilCancelledAsync);
        await using var host = await TestHost.StartAsync(worker);

        var response = host.Client.GetAsync("api/echo", HttpCompletionOption.ResponseHeadersRead);
        await arrived.Task.WaitAsync(Eventually.DefaultDeadline);
        if (hasBegun)
            await response;
        worker.Current.Die();

        if (hasBegun)
            await Assert.ThrowsAnyAsync<Exception>(async () => await (await response).Content.ReadAsStringAsync());
        else
            Assert.Equal(HttpStatusCode.InternalServerError, (await response).StatusCode);
        await host.UntilLineAsync("The worker process ended before it answered.");
    }

    [Fact]
    public async Task A_function_that_runs_too_long_gives_500_and_ends_the_forward()
    {
        var (arrived, aborted) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await ScriptedHttpServer.StartAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var time = new FakeTime();
        await using var host = await TestHost.StartAsync(
            WorkerAt(server.Address, UntilCancelledAsync),
            new TestApp { HostJson = """{"version":"2.0","functionTimeout":"00:00:00.5"}""" },
            time
        );

        var request = host.Client.GetAsync("api/echo");
        await arrived.Task.WaitAsync(Eventually.DefaultDeadline);
        time.Advance(TimeSpan.FromSeconds(0.5));
        using var response = await request;

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        await aborted.Task.WaitAsync(Eventually.DefaultDeadline);
        Assert.Contains(host.Lines, line => line.Contains("Timeout value of 00:00:00.5000000 exceeded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_the_forward_and_the_function()
    {
        var (arrived, aborted) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await ScriptedHttpServer.StartAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var worker = WorkerAt(server.Address, UntilCancelledAsync);
        await using var host = await TestHost.StartAsync(worker);
        using var leaving = new CancellationTokenSource();

        var request = host.Client.GetAsync("api/echo", leaving.Token);
        await arrived.Task.WaitAsync(Eventually.DefaultDeadline);
        await leaving.CancelAsync();

        await aborted.Task.WaitAsync(Eventually.DefaultDeadline);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationCancel is not null));
        await host.UntilLineAsync("GET /api/echo aborted");
    }

    [Theory]
    [InlineData(1000, false, HttpStatusCode.OK, 1)]
    [InlineData(1000, true, HttpStatusCode.OK, 1)]
    [InlineData(1001, false, HttpStatusCode.RequestEntityTooLarge, 0)]
    [InlineData(1001, true, HttpStatusCode.RequestEntityTooLarge, 1)]
    [InlineData(20_000_000, true, HttpStatusCode.RequestEntityTooLarge, 1)]
    public async Task The_limit_of_the_setting_holds_for_chunked_bodies_too(int length, bool chunked, HttpStatusCode expected, int invocations)
    {
        await using var server = await ScriptedHttpServer.StartAsync(context => context.Request.Body.CopyToAsync(Stream.Null));
        var worker = WorkerAt(server.Address);
        await using var host = await TestHost.StartAsync(worker, TestApp.With(("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1000")));
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/echo") { Content = new ByteArrayContent(new byte[length]) };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(invocations, worker.Received.Count(message => message.InvocationRequest is not null));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_response_before_the_end_of_the_body_is_seen(bool chunked)
    {
        await using var server = await ScriptedHttpServer.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return context.Response.WriteAsync("refused");
        });
        await using var host = await TestHost.StartAsync(WorkerAt(server.Address));
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/echo") { Content = new ByteArrayContent(new byte[20_000_000]) };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("refused", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_its_body_breaks_off_the_worker_s_request()
    {
        var (arrived, failed) = (new TaskCompletionSource(), new TaskCompletionSource<Exception>());
        await using var server = await ScriptedHttpServer.StartAsync(async context =>
        {
            try
            {
                await context.Request.Body.ReadExactlyAsync(new byte[1000]);
                arrived.SetResult();
                await context.Request.Body.CopyToAsync(Stream.Null);
            }
            catch (Exception e)
            {
                failed.SetResult(e);
            }
        });
        await using var host = await TestHost.StartAsync(WorkerAt(server.Address));

        using (var connection = new TcpClient("localhost", host.Address.Port))
        {
            var head = $"POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n{new string('x', 100_000)}";
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            await arrived.Task.WaitAsync(Eventually.DefaultDeadline);
        }

        Assert.IsAssignableFrom<IOException>(await failed.Task.WaitAsync(Eventually.DefaultDeadline));
    }
}
