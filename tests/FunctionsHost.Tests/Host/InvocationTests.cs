using System.Globalization;
using System.Net;
using Google.Protobuf;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsProtocol;
using McpFunctions.TestServers;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class InvocationTests
{
    [Fact]
    public async Task Five_hundred_invocations_run_at_once_and_each_gets_its_own_response()
    {
        const int Count = 500;
        var arrived = 0;
        var allThere = new TaskCompletionSource();
        var worker = new ScriptedWorker().Http(
            "Meet",
            async invocation =>
            {
                if (Interlocked.Increment(ref arrived) == Count)
                    allThere.SetResult();
                await allThere.Task;
                return ScriptedWorker.Ok(ByteString.CopyFromUtf8(invocation.Http.NullableQuery["n"].Value));
            }
        );
        await using var host = await TestHost.StartAsync(worker);

        var responses = await Task.WhenAll(Enumerable.Range(0, Count).Select(n => host.Client.GetStringAsync($"api/meet?n={n}")));

        Assert.Equal(Enumerable.Range(0, Count).Select(n => n.ToString(CultureInfo.InvariantCulture)), responses);
    }

    [Fact]
    public async Task A_function_that_throws_gives_500_without_details_and_the_log_has_them()
    {
        var worker = new ScriptedWorker()
            .Http("Throw", _ => ScriptedWorker.Failure("The function threw."))
            .Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.GetAsync("api/throw");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Contains(host.Lines, line => line.Contains("Executed 'Functions.Throw' (Failed, Id=", StringComparison.Ordinal));
        Assert.Contains(host.Lines, line => line.Contains("The function threw.", StringComparison.Ordinal));
        Assert.Contains(host.Lines, line => line.Contains("at Scripted.Function()", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/fine")).StatusCode);
    }

    [Fact]
    public async Task An_invocation_is_logged_at_its_begin_and_end_with_one_id()
    {
        var worker = new ScriptedWorker().Http("Hello", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        await host.Client.GetAsync("api/hello");

        var id = worker.Received.Single(message => message.InvocationRequest is not null).InvocationRequest.InvocationId;
        Assert.Contains(
            host.Lines,
            line =>
                line.EndsWith(
                    $"Executing 'Functions.Hello' (Reason='This function was programmatically called via the host APIs.', Id={id})",
                    StringComparison.Ordinal
                )
        );
        Assert.Contains(
            host.Lines,
            line => line.Contains($"Executed 'Functions.Hello' (Succeeded, Id={id}, Duration=", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_its_function()
    {
        var cancelled = new TaskCompletionSource();
        var worker = new ScriptedWorker().Http(
            "Hang",
            async invocation =>
            {
                await using var registration = invocation.Cancelled.Register(cancelled.SetResult);
                await Task.Delay(Timeout.Infinite, invocation.Cancelled);
                return ScriptedWorker.Ok();
            }
        );
        await using var host = await TestHost.StartAsync(worker);
        using var leaving = new CancellationTokenSource();

        var request = host.Client.GetAsync("api/hang", leaving.Token);
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));
        await leaving.CancelAsync();

        await cancelled.Task.WaitAsync(Eventually.DefaultDeadline);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await host.UntilLineAsync("Executed 'Functions.Hang' (Failed");
    }

    [Fact]
    public async Task A_worker_that_does_not_handle_cancelling_gets_no_cancellation()
    {
        var release = new TaskCompletionSource();
        var worker = new ScriptedWorker().Http(
            "Hang",
            async _ =>
            {
                await release.Task;
                return ScriptedWorker.Ok();
            }
        );
        worker.Capabilities.Remove("HandlesInvocationCancelMessage");
        await using var host = await TestHost.StartAsync(worker);
        using var leaving = new CancellationTokenSource();

        var request = host.Client.GetAsync("api/hang", leaving.Token);
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        release.SetResult();

        await host.UntilLineAsync("Executed 'Functions.Hang' (Succeeded");
        Assert.DoesNotContain(worker.Received, message => message.InvocationCancel is not null);
    }

    [Fact]
    public async Task A_function_that_runs_too_long_is_cancelled_and_gives_500()
    {
        var worker = new ScriptedWorker().Http(
            "Hang",
            async invocation =>
            {
                await Task.Delay(Timeout.Infinite, invocation.Cancelled);
                return ScriptedWorker.Ok();
            }
        );
        var time = new FakeTime();
        await using var host = await TestHost.StartAsync(
            worker,
            new TestApp { HostJson = """{"version":"2.0","functionTimeout":"00:00:00.3"}""" },
            time
        );

        var request = host.Client.GetAsync("api/hang");
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));
        time.Advance(TimeSpan.FromSeconds(0.3));
        using var response = await request;

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationCancel is not null));
        Assert.Contains(
            host.Lines,
            line => line.Contains("Timeout value of 00:00:00.3000000 exceeded by function 'Functions.Hang'", StringComparison.Ordinal)
        );
        Assert.Single(worker.Started);
    }

    [Fact]
    public async Task A_function_that_ignores_its_cancellation_costs_its_worker_and_the_app_goes_on()
    {
        var worker = new ScriptedWorker()
            .Http(
                "HangForever",
                async _ =>
                {
                    await Task.Delay(Timeout.Infinite, CancellationToken.None);
                    return ScriptedWorker.Ok();
                }
            )
            .Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(
            worker,
            new TestApp { HostJson = """{"version":"2.0","functionTimeout":"00:00:00.3"}""" }
        );

        using var response = await host.Client.GetAsync("api/hangforever");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        await Eventually.UntilAsync(() => worker.Started.Count == 2);
        await Eventually.UntilAsync(async () => (await host.Client.GetAsync("api/fine")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_function_that_did_not_load_fails_when_it_is_called_and_the_others_work()
    {
        var worker = new ScriptedWorker { Unloadable = { "Broken" } }
            .Http("Broken", _ => ScriptedWorker.Ok())
            .Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        Assert.Equal(HttpStatusCode.InternalServerError, (await host.Client.GetAsync("api/broken")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/fine")).StatusCode);
        Assert.Contains(
            host.Lines,
            line => line.Contains("The 'Broken' function is in error: The type does not load.", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_request_in_flight_when_the_host_is_told_to_stop_gets_its_response()
    {
        var release = new TaskCompletionSource();
        var worker = new ScriptedWorker().Http(
            "Slow",
            async _ =>
            {
                await release.Task;
                return ScriptedWorker.Ok(ByteString.CopyFromUtf8("finished"));
            }
        );
        await using var host = await TestHost.StartAsync(worker);

        var response = host.Client.GetStringAsync("api/slow");
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));
        host.BeginStop();
        await host.UntilAsync(HostState.Stopping);
        release.SetResult();

        Assert.Equal("finished", await response);
        await host.Ran.WaitAsync(Eventually.DefaultDeadline);
        Assert.Contains(worker.Received, message => message.WorkerTerminate is not null);
    }

    [Fact]
    public async Task A_second_signal_stops_at_once()
    {
        var worker = new ScriptedWorker().Http(
            "HangForever",
            async _ =>
            {
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
                return ScriptedWorker.Ok();
            }
        );
        // The clock stands still, so the time for running functions never ends.
        await using var host = await TestHost.StartAsync(worker, time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        var request = host.Client.GetAsync("api/hangforever");
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));
        host.BeginStop();
        await host.UntilAsync(HostState.Stopping);

        await host.AbandonAsync();
        await host.Ran.WaitAsync(Eventually.DefaultDeadline);

        await Assert.ThrowsAnyAsync<HttpRequestException>(async () => (await request).EnsureSuccessStatusCode());
    }

    [Fact]
    public async Task What_a_worker_logs_appears_under_its_category_and_level()
    {
        var worker = new ScriptedWorker().Http(
            "Log",
            async invocation =>
            {
                foreach (var level in new[] { RpcLog.Types.Level.Debug, RpcLog.Types.Level.Information, RpcLog.Types.Level.Error })
                    await invocation.Worker.SendAsync(
                        Log(level, "Function.Log.User", $"user {level}", invocation.Request.InvocationId, RpcLog.Types.RpcLogCategory.User)
                    );
                await invocation.Worker.SendAsync(
                    Log(RpcLog.Types.Level.Information, "Quiet.Library", "quiet", "", RpcLog.Types.RpcLogCategory.User)
                );
                await invocation.Worker.SendAsync(
                    Log(
                        RpcLog.Types.Level.Information,
                        "Forged",
                        "first\n[2026-01-01T00:00:00.000Z] second\e[2J",
                        "",
                        RpcLog.Types.RpcLogCategory.User
                    )
                );
                return ScriptedWorker.Ok();
            }
        );
        var app = new TestApp
        {
            HostJson =
                """{"version":"2.0","logging":{"logLevel":{"default":"Information","Function.Log.User":"Error","Quiet":"Warning"}}}""",
        };
        await using var host = await TestHost.StartAsync(worker, app);

        await host.Client.GetAsync("api/log");

        Assert.Contains(host.Lines, line => line.EndsWith("] user Error", StringComparison.Ordinal));
        Assert.DoesNotContain(
            host.Lines,
            line => line.Contains("user Information", StringComparison.Ordinal) || line.Contains("user Debug", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(host.Lines, line => line.EndsWith("quiet", StringComparison.Ordinal));
        Assert.Contains(host.Lines, line => line.EndsWith(@"first\n[2026-01-01T00:00:00.000Z] second\u001b[2J", StringComparison.Ordinal));

        static StreamingMessage Log(
            RpcLog.Types.Level level,
            string category,
            string message,
            string invocationId,
            RpcLog.Types.RpcLogCategory kind
        ) =>
            new()
            {
                RpcLog = new RpcLog
                {
                    Level = level,
                    Category = category,
                    Message = message,
                    InvocationId = invocationId,
                    LogCategory = kind,
                },
            };
    }
}
