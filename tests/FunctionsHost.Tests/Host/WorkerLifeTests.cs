using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using McpFunctions.Local.FunctionsHost;
using McpFunctions.Local.FunctionsHost.CommandLine;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;
using McpFunctions.TestServers;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class WorkerLifeTests
{
    [Fact]
    public async Task The_conversation_goes_as_the_protocol_says()
    {
        var worker = new ScriptedWorker().Http("One", _ => ScriptedWorker.Ok()).Http("Two", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(
            worker,
            new TestApp { HostJson = """{"version":"2.0","logging":{"logLevel":{"Function":"Warning"}}}""" }
        );

        var received = worker.Received.ToList();
        Assert.Equal(
            [
                StreamingMessage.ContentOneofCase.WorkerInitRequest,
                StreamingMessage.ContentOneofCase.FunctionsMetadataRequest,
                StreamingMessage.ContentOneofCase.FunctionLoadRequest,
                StreamingMessage.ContentOneofCase.FunctionLoadRequest,
            ],
            received.Select(message => message.ContentCase)
        );
        Assert.Equal(host.AppFolder, received[0].WorkerInitRequest.FunctionAppDirectory);
        Assert.Equal(RpcLog.Types.Level.Warning, received[0].WorkerInitRequest.LogCategories["Function"]);
        Assert.Equal(host.AppFolder, received[1].FunctionsMetadataRequest.FunctionAppDirectory);
        Assert.Equal(["id-of-One", "id-of-Two"], received.Skip(2).Select(message => message.FunctionLoadRequest.FunctionId));
        Assert.Equal(worker.Functions[0], received[2].FunctionLoadRequest.Metadata);
        Assert.All(received, message => Assert.NotEmpty(message.RequestId));
    }

    [Fact]
    public async Task When_the_worker_dies_its_calls_get_500_and_a_new_one_serves_the_next()
    {
        var worker = new ScriptedWorker()
            .Http(
                "Die",
                async invocation =>
                {
                    invocation.Worker.Die();
                    await Task.Delay(Timeout.Infinite, CancellationToken.None);
                    return ScriptedWorker.Ok();
                }
            )
            .Http(
                "Wait",
                async invocation =>
                {
                    await Task.Delay(Timeout.Infinite, invocation.Cancelled);
                    return ScriptedWorker.Ok();
                }
            )
            .Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);
        var waiting = host.Client.GetAsync("api/wait");
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));

        Assert.Equal(HttpStatusCode.InternalServerError, (await host.Client.GetAsync("api/die")).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await waiting).StatusCode);

        // The request waits for the new worker.
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/fine")).StatusCode);
        Assert.Equal(2, worker.Started.Count);
        Assert.Contains(host.Lines, line => line.Contains("The worker process ended with exit code 134.", StringComparison.Ordinal));
        Assert.DoesNotContain(worker.Current.Received, message => message.FunctionsMetadataRequest is not null);
        Assert.NotEqual(worker.Started[0].Arguments.WorkerId, worker.Started[1].Arguments.WorkerId);
    }

    [Fact]
    public async Task A_worker_that_fails_at_its_first_start_is_started_again()
    {
        var worker = new ScriptedWorker { FailingStarts = 2 }.Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/fine")).StatusCode);
        Assert.Equal(3, worker.Started.Count);
    }

    [Fact]
    public async Task A_worker_that_never_starts_ends_the_host_with_the_reason()
    {
        var worker = new ScriptedWorker { FailingStarts = int.MaxValue };
        await using var host = await TestHost.LaunchAsync(worker);

        var failure = await Assert.ThrowsAsync<StartupException>(() => host.Ran.WaitAsync(Eventually.DefaultDeadline));

        Assert.Contains("The worker ended 3 times in a row", failure.Message, StringComparison.Ordinal);
        Assert.Contains(
            host.Lines,
            line => line.Contains("it ended with exit code 134.", StringComparison.Ordinal)
        );
        Assert.Equal(3, worker.Started.Count);
    }

    [Fact]
    public async Task A_request_waits_while_the_worker_starts()
    {
        var worker = new ScriptedWorker { FailingStarts = 1 }.Http("Fine", _ => ScriptedWorker.Ok(ByteString.CopyFromUtf8("at last")));
        await using var host = await TestHost.LaunchAsync(worker);

        Assert.Equal("at last", await host.Client.GetStringAsync("api/fine"));
    }

    [Fact]
    public async Task A_worker_may_leave_indexing_to_the_host()
    {
        var worker = new ScriptedWorker { LeavesIndexingToHost = true }.Http(
            "FromFile",
            _ => ScriptedWorker.Ok(ByteString.CopyFromUtf8("from the file"))
        );
        worker.Functions.Clear();
        var app = new TestApp
        {
            FunctionsMetadata = """
                [{"name":"FromFile","scriptFile":"Sample.dll","entryPoint":"Sample.Functions.FromFile","language":"dotnet-isolated","properties":{"IsCodeless":false},
                  "bindings":[{"name":"req","direction":"In","type":"httpTrigger","authLevel":"Anonymous","methods":["get"],"route":"from/file","properties":{}},{"name":"$return","type":"http","direction":"Out"}]}]
                """,
        };
        await using var host = await TestHost.StartAsync(worker, app);

        Assert.Equal("from the file", await host.Client.GetStringAsync("api/from/file"));
        var load = worker.Received.Single(message => message.FunctionLoadRequest is not null).FunctionLoadRequest;
        Assert.Equal("Sample.Functions.FromFile", load.Metadata.EntryPoint);
        Assert.NotEmpty(load.FunctionId);
    }

    [Fact]
    public async Task A_function_that_cannot_be_read_does_not_stop_the_others()
    {
        var worker = new ScriptedWorker()
            .Http("Fine", _ => ScriptedWorker.Ok())
            .Http("fine", _ => ScriptedWorker.Ok())
            .Add("NoTrigger", _ => Task.FromResult(ScriptedWorker.Done()), """{"name":"$return","type":"http","direction":"Out"}""")
            .Add("NoJson", _ => Task.FromResult(ScriptedWorker.Done()), "{")
            .Add("Strange", _ => Task.FromResult(ScriptedWorker.Done()), """{"name":"x","type":"kafkaTrigger","direction":"In"}""");
        await using var host = await TestHost.StartAsync(worker);

        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/fine")).StatusCode);
        foreach (var name in new[] { "fine", "NoTrigger", "NoJson", "Strange" })
            Assert.Contains(host.Lines, line => line.Contains($"The '{name}' function is in error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disabled_functions_do_not_run()
    {
        var worker = new ScriptedWorker()
            .Http("Dots", _ => ScriptedWorker.Ok())
            .Http("Underscores", _ => ScriptedWorker.Ok())
            .Http("Single", _ => ScriptedWorker.Ok())
            .Http("Enabled", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(
            worker,
            TestApp.With(
                ("AzureWebJobs.Dots.Disabled", "true"),
                ("AzureWebJobs__Underscores__Disabled", "1"),
                ("AzureWebJobs_Single_Disabled", "True"),
                ("AzureWebJobs.Enabled.Disabled", "false")
            )
        );

        foreach (var name in new[] { "dots", "underscores", "single" })
            Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"api/{name}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/enabled")).StatusCode);
        Assert.Contains(host.Lines, line => line.EndsWith("3 function(s) disabled: Dots, Underscores, Single", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_the_functions_that_are_named_run()
    {
        var worker = new ScriptedWorker()
            .Http("A", _ => ScriptedWorker.Ok())
            .Http("B", _ => ScriptedWorker.Ok())
            .Http("C", _ => ScriptedWorker.Ok());
        var app = new TestApp
        {
            Options = new StartOptions { Functions = new HashSet<string>(["a", "C", "Nobody"], StringComparer.OrdinalIgnoreCase) },
        };
        await using var host = await TestHost.StartAsync(worker, app);

        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/a")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("api/b")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/c")).StatusCode);
        Assert.Contains(host.Lines, line => line.Contains("'Nobody', but the app has no such function", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_but_the_expected_worker_may_call()
    {
        var worker = new ScriptedWorker();
        await using var host = await TestHost.StartAsync(worker);
        using var channel = GrpcChannel.ForAddress(worker.Current.Arguments.Endpoint);

        foreach (var id in new[] { "someone-else", worker.Current.Arguments.WorkerId })
        {
            using var call = new FunctionRpc.FunctionRpcClient(channel).EventStream();
            await call.RequestStream.WriteAsync(new StreamingMessage { StartStream = new StartStream { WorkerId = id } });

            var refusal = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => call.ResponseStream.MoveNext());
            Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        }
    }

    [Fact]
    public async Task A_worker_that_does_not_end_when_it_is_told_to_is_killed()
    {
        var worker = new ScriptedWorker { IsStubborn = true }.Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        await host.StopAsync().WaitAsync(Eventually.DefaultDeadline);

        Assert.Contains(worker.Received, message => message.WorkerTerminate is not null);
        Assert.Equal(137, await worker.Current.Exited);
    }

    [Fact]
    public void The_wait_before_a_new_worker_grows_and_a_stable_one_resets_it()
    {
        var time = new FakeTimeProvider();
        var backoff = new RestartBackoff(time);

        var delays = Enumerable.Range(0, 10).Select(_ => Crash(TimeSpan.FromSeconds(1))).ToList();
        var afterStable = Crash(TimeSpan.FromMinutes(2));

        Assert.Equal(TimeSpan.Zero, delays[0]);
        Assert.Equal(TimeSpan.FromMilliseconds(250), delays[1]);
        Assert.Equal(TimeSpan.FromMilliseconds(500), delays[2]);
        Assert.Equal(TimeSpan.FromSeconds(30), delays[^1]);
        Assert.Equal(TimeSpan.Zero, afterStable);

        TimeSpan Crash(TimeSpan after)
        {
            backoff.WorkerStarted();
            time.Advance(after);
            return backoff.WorkerEnded();
        }
    }
}
