using McpFunctions.Local.FunctionsProtocol;
using Status = McpFunctions.Local.FunctionsProtocol.StatusResult.Types.Status;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class HandshakeTests
{
    [Fact]
    public async Task A_worker_says_first_who_it_is()
    {
        await using var host = await ScriptedHost.StartAsync();

        var message = await host.StartStreamAsync();

        Assert.Equal(host.WorkerId, message.StartStream.WorkerId);
        Assert.Equal(host.RequestId, message.RequestId);
    }

    [Fact]
    public async Task A_worker_names_the_official_workers_capabilities()
    {
        await using var host = await ScriptedHost.StartAsync();
        await host.StartStreamAsync();

        var response = await host.InitializeAsync();

        Assert.Equal(Status.Success, response.Result.Status);
        Assert.Equal(
            [
                "EnableUserCodeException",
                "HandlesInvocationCancelMessage",
                "HandlesWorkerTerminateMessage",
                "IncludeEmptyEntriesInMessagePayload",
                "RawHttpBodyBytes",
                "RpcHttpBodyOnly",
                "RpcHttpTriggerMetadataRemoved",
                "TypedDataCollection",
                "UseNullableValueDictionaryForHttp",
                "WorkerStatus",
            ],
            response.Capabilities.Keys.Order(StringComparer.Ordinal));
        Assert.All(response.Capabilities.Values, value => Assert.Equal("True", value));
        Assert.Equal(".NET", response.WorkerMetadata.RuntimeName);
        Assert.StartsWith("10.", response.WorkerMetadata.RuntimeVersion, StringComparison.Ordinal);
        Assert.NotEmpty(response.WorkerVersion);
    }

    [Fact]
    public async Task A_worker_answers_a_status_request_while_it_lists_and_loads_functions()
    {
        await using var host = await ScriptedHost.StartAsync();
        await host.StartStreamAsync();
        await host.InitializeAsync();

        var describing = host.DescribeAsync();
        var first = await host.AskAsync(new() { WorkerStatusRequest = new() });
        var loading = host.LoadAsync(await describing);
        var second = await host.AskAsync(new() { WorkerStatusRequest = new() });
        await loading;

        Assert.NotNull(first.WorkerStatusResponse);
        Assert.NotNull(second.WorkerStatusResponse);
    }

    [Fact]
    public async Task A_worker_ignores_a_message_that_it_does_not_know()
    {
        await using var host = await ScriptedHost.StartAsync();
        await host.StartStreamAsync();

        host.Tell(new());
        host.Tell(new() { FileChangeEventRequest = new() });
        host.Tell(new() { InvocationCancel = new() { InvocationId = "none" } });

        Assert.Equal(Status.Success, (await host.InitializeAsync()).Result.Status);
    }

    [Fact]
    public async Task A_worker_takes_new_settings_and_a_warm_up()
    {
        await using var host = await ScriptedHost.StartAsync();
        await host.StartStreamAsync();

        var reload = await host.AskAsync(new()
        {
            FunctionEnvironmentReloadRequest = new()
            {
                EnvironmentVariables = { ["SAMPLE"] = "1" },
                FunctionAppDirectory = SampleApp.Directory,
            },
        });
        var warmup = await host.AskAsync(new() { WorkerWarmupRequest = new() { WorkerDirectory = SampleApp.Directory } });

        Assert.Equal(Status.Success, reload.FunctionEnvironmentReloadResponse.Result.Status);
        Assert.Contains("WorkerStatus", reload.FunctionEnvironmentReloadResponse.Capabilities.Keys);
        Assert.Equal(Status.Success, warmup.WorkerWarmupResponse.Result.Status);
    }

    [Fact]
    public async Task New_settings_that_cannot_be_taken_are_a_failure_and_no_more()
    {
        await using var host = await ScriptedHost.StartAsync();
        await host.StartStreamAsync();

        var reload = await host.AskAsync(new()
        {
            FunctionEnvironmentReloadRequest = new() { FunctionAppDirectory = Path.Combine(SampleApp.Directory, "no", "such", "folder") },
        });

        Assert.Equal(Status.Failure, reload.FunctionEnvironmentReloadResponse.Result.Status);
        Assert.Equal(Status.Success, (await host.InitializeAsync()).Result.Status);
    }

    [Fact]
    public async Task An_answer_over_the_hosts_limit_fails_its_invocation_only()
    {
        await using var host = await ScriptedHost.StartReadyAsync(maxMessageLength: 1_000_000);

        var tooLong = await host.InvokeHttpAsync("Produce", HttpTests.Get(("length", "1000000")));
        var longest = await host.RequestAsync("Produce", HttpTests.Get(("length", "999000")));

        Assert.Equal(Status.Failure, tooLong.Result.Status);
        Assert.Contains("messages of up to 1000000 bytes", tooLong.Result.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(999_000, longest.Body.Bytes.Length);
    }

    [Fact]
    public async Task A_worker_takes_the_hosts_address_from_the_environment_too()
    {
        await using var host = await ScriptedHost.StartByEnvironmentAsync();

        Assert.Equal(host.WorkerId, (await host.StartStreamAsync()).StartStream.WorkerId);
    }

    [Fact]
    public async Task A_function_that_is_not_there_fails_to_load_and_says_why()
    {
        await using var host = await ScriptedHost.StartAsync();
        await host.StartStreamAsync();

        var response = await host.LoadAsync(new RpcFunctionMetadata
        {
            Name = "Gone",
            FunctionId = "gone",
            ScriptFile = $"{SampleApp.AssemblyName}.dll",
            EntryPoint = $"{SampleApp.AssemblyName}.EchoFunctions.Gone",
        });

        Assert.Equal("gone", response.FunctionId);
        Assert.Equal(Status.Failure, response.Result.Status);
        Assert.Contains("Function 'Gone' cannot be loaded", response.Result.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_is_loaded_once()
    {
        await using var host = await ScriptedHost.StartReadyAsync();
        var function = (await host.DescribeAsync()).FunctionMetadataResults[0];

        var response = await host.LoadAsync(function);

        Assert.Equal(Status.Failure, response.Result.Status);
        Assert.Contains("already exists", response.Result.Exception.Message, StringComparison.Ordinal);
    }
}
