using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Content = McpFunctions.Local.FunctionsProtocol.StreamingMessage.ContentOneofCase;

namespace McpFunctions.FunctionsHost.Tests;

/// <summary>
/// A Functions host that a test plays: starts the sample app's worker process as its worker.config.json says, and sends and
/// receives the protocol's messages.
/// </summary>
internal sealed class ScriptedHost : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly Channel<StreamingMessage> _toWorker = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _waiting = new();
    private readonly TaskCompletionSource<StreamingMessage> _startStream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<RpcLog> _logs = [];
    private readonly List<string> _output = [];
    private TaskCompletionSource _newLog = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _server;
    private Process? _worker;
    private int _maxMessageLength = int.MaxValue;
    private Dictionary<string, string> _functionIds = [];

    public string WorkerId { get; } = Guid.NewGuid().ToString();

    public string RequestId { get; } = Guid.NewGuid().ToString();

    /// <summary>Where a worker reaches it.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The worker's process.</summary>
    public Process Worker => _worker ?? throw new InvalidOperationException("The test has started no worker process.");

    /// <summary>What the process has written to its standard output and error.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return string.Join(Environment.NewLine, _output);
        }
    }

    /// <summary>What the worker has logged to the host.</summary>
    public IReadOnlyList<RpcLog> Logs
    {
        get
        {
            lock (_logs)
                return [.. _logs];
        }
    }

    /// <summary>Starts the server only, for a worker of the test's own.</summary>
    public static async Task<ScriptedHost> ListenAsync()
    {
        var host = new ScriptedHost();
        await host.StartServerAsync();
        return host;
    }

    /// <summary>Starts the server and the worker, and nothing more.</summary>
    /// <param name="settings">Settings of the app.</param>
    public static Task<ScriptedHost> StartAsync(params (string Name, string Value)[] settings) =>
        StartAsync(byEnvironment: false, settings);

    /// <summary>Starts the server and a worker that is told of it in environment variables instead of arguments.</summary>
    public static Task<ScriptedHost> StartByEnvironmentAsync() => StartAsync(byEnvironment: true, []);

    /// <summary>Starts the worker and does what a host does until functions can be invoked.</summary>
    /// <param name="maxMessageLength">The longest message that the worker is told to send or take, in bytes.</param>
    public static async Task<ScriptedHost> StartReadyAsync(int maxMessageLength = int.MaxValue)
    {
        var host = await ListenAsync();
        host._maxMessageLength = maxMessageLength;
        host.StartWorker(byEnvironment: false, []);
        await host.StartStreamAsync();
        await host.InitializeAsync();
        await host.LoadAsync(await host.DescribeAsync());
        return host;
    }

    public Task<StreamingMessage> StartStreamAsync() => _startStream.Task.WaitAsync(Deadline);

    public async Task<WorkerInitResponse> InitializeAsync()
    {
        var request = new WorkerInitRequest { HostVersion = "4.0.0", FunctionAppDirectory = SampleApp.Directory };
        return (await AskAsync(new() { WorkerInitRequest = request })).WorkerInitResponse;
    }

    public async Task<FunctionMetadataResponse> DescribeAsync()
    {
        var request = new FunctionsMetadataRequest { FunctionAppDirectory = SampleApp.Directory };
        return (await AskAsync(new() { FunctionsMetadataRequest = request })).FunctionMetadataResponse;
    }

    public async Task LoadAsync(FunctionMetadataResponse functions)
    {
        _functionIds = functions.FunctionMetadataResults.ToDictionary(function => function.Name, function => function.FunctionId);
        foreach (var response in await Task.WhenAll(functions.FunctionMetadataResults.Select(LoadAsync)))
            Assert.Equal(StatusResult.Types.Status.Success, response.Result.Status);
    }

    public async Task<FunctionLoadResponse> LoadAsync(RpcFunctionMetadata function)
    {
        var request = new FunctionLoadRequest { FunctionId = function.FunctionId, Metadata = function };
        return (await AskAsync(new() { FunctionLoadRequest = request })).FunctionLoadResponse;
    }

    /// <summary>Invokes a function and waits for the answer.</summary>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest invocation)
    {
        var response = (await AskAsync(new() { InvocationRequest = invocation })).InvocationResponse;
        Assert.Equal(invocation.InvocationId, response.InvocationId);
        return response;
    }

    /// <summary>Invokes an HTTP function and waits for the answer.</summary>
    public Task<InvocationResponse> InvokeHttpAsync(string function, RpcHttp? http = null) => InvokeAsync(HttpInvocation(function, http));

    /// <summary>Invokes an HTTP function that answers with a response of its own, and gives the response.</summary>
    public async Task<RpcHttp> RequestAsync(string function, RpcHttp? http = null)
    {
        var response = await InvokeHttpAsync(function, http);
        Assert.Null(response.Result.Exception);
        return response.ReturnValue.Http;
    }

    /// <summary>An HTTP invocation, with route values in the trigger's metadata as a host puts them there.</summary>
    public InvocationRequest HttpInvocation(string function, RpcHttp? http = null)
    {
        http ??= new RpcHttp();
        if (http.Method.Length == 0)
            http.Method = "GET";
        if (http.Url.Length == 0)
            http.Url = "http://localhost/api/any";

        var invocation = Invocation(function);
        invocation.InputData.Add(new ParameterBinding { Name = "request", Data = new TypedData { Http = http } });
        foreach (var (name, value) in http.NullableParams)
            invocation.TriggerMetadata[name] = new TypedData { String = value.Value };
        return invocation;
    }

    public InvocationRequest Invocation(string function, params (string Name, TypedData Data)[] inputs)
    {
        var invocation = new InvocationRequest
        {
            InvocationId = Guid.NewGuid().ToString(),
            FunctionId = _functionIds[function],
            TraceContext = new RpcTraceContext(),
            RetryContext = new RetryContext(),
        };
        foreach (var (name, data) in inputs)
            invocation.InputData.Add(new ParameterBinding { Name = name, Data = data });
        return invocation;
    }

    /// <summary>Sends a request and waits for the answer with its id.</summary>
    public async Task<StreamingMessage> AskAsync(StreamingMessage request)
    {
        request.RequestId = Guid.NewGuid().ToString();
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[request.RequestId] = answer;
        Tell(request);
        return await answer.Task.WaitAsync(Deadline);
    }

    /// <summary>Sends a message that has no answer.</summary>
    public void Tell(StreamingMessage message) => Assert.True(_toWorker.Writer.TryWrite(message));

    /// <summary>Waits until the worker has logged such a message.</summary>
    public async Task<RpcLog> LogAsync(Func<RpcLog, bool> matches)
    {
        var deadline = Task.Delay(Deadline);
        while (true)
        {
            Task next;
            lock (_logs)
            {
                if (_logs.FirstOrDefault(matches) is { } log)
                    return log;
                next = _newLog.Task;
            }

            if (await Task.WhenAny(next, deadline) == deadline)
                throw new TimeoutException($"The worker has not logged it. It logged: {string.Join(Environment.NewLine, Logs)}");
        }
    }

    /// <summary>Tells the worker to end, and waits until its process has.</summary>
    /// <returns>The process's exit code.</returns>
    public Task<int> TerminateAsync(TimeSpan gracePeriod)
    {
        Tell(new() { WorkerTerminate = new() { GracePeriod = Duration.FromTimeSpan(gracePeriod) } });
        return ExitAsync();
    }

    /// <summary>Waits until the worker's process has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await Worker.WaitForExitAsync(deadline.Token);
        return Worker.ExitCode;
    }

    /// <summary>Ends the connection the way a host that dies does.</summary>
    public async Task DieAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is { HasExited: false })
            _worker.Kill(entireProcessTree: true);
        _toWorker.Writer.TryComplete();
        await DieAsync();
        _worker?.Dispose();
    }

    private static async Task<ScriptedHost> StartAsync(bool byEnvironment, (string Name, string Value)[] settings)
    {
        var host = await ListenAsync();
        host.StartWorker(byEnvironment, settings);
        return host;
    }

    private async Task StartServerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = null);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
        });
        _server = builder.Build();
        _server.Lifetime.ApplicationStopping.Register(() => _toWorker.Writer.TryComplete());
        _server.MapGrpcService<Service>();
        await _server.StartAsync();
        Address = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    private void StartWorker(bool byEnvironment, (string Name, string Value)[] settings)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(SampleApp.Directory, "worker.config.json")));
        var description = config.RootElement.GetProperty("description");
        var maxLength = $"{_maxMessageLength}";
        string[] arguments =
        [
            "--host", Address.Host,
            "--port", $"{Address.Port}",
            "--workerId", WorkerId,
            "--requestId", RequestId,
            "--grpcMaxMessageLength", maxLength,
            "--functions-uri", Address.ToString(),
            "--functions-worker-id", WorkerId,
            "--functions-request-id", RequestId,
            "--functions-grpc-max-message-length", maxLength,
        ];
        (string Name, string Value)[] environment =
        [
            ("Functions__Worker__HostEndpoint", Address.ToString()),
            ("Functions__Worker__WorkerId", WorkerId),
            ("Functions__Worker__RequestId", RequestId),
            ("Functions__Worker__GrpcMaxMessageLength", maxLength),
        ];

        var start = new ProcessStartInfo(
            description.GetProperty("defaultExecutablePath").GetString()!,
            [description.GetProperty("defaultWorkerPath").GetString()!, .. byEnvironment ? [] : arguments])
        {
            WorkingDirectory = SampleApp.Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["FUNCTIONS_APPLICATION_DIRECTORY"] = SampleApp.Directory,
                ["FUNCTIONS_WORKER_DIRECTORY"] = SampleApp.Directory,
                ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
                ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            },
        };
        foreach (var (name, value) in byEnvironment ? [.. settings, .. environment] : settings)
            start.Environment[name] = value;

        _worker = new Process { StartInfo = start };
        _worker.OutputDataReceived += (_, line) => Collect(line.Data);
        _worker.ErrorDataReceived += (_, line) => Collect(line.Data);
        _worker.Start();
        _worker.BeginOutputReadLine();
        _worker.BeginErrorReadLine();
    }

    private void Collect(string? line)
    {
        lock (_output)
            _output.Add(line ?? "");
    }

    private void Receive(StreamingMessage message)
    {
        if (message.ContentCase == Content.StartStream)
            _startStream.TrySetResult(message);
        else if (message.ContentCase == Content.RpcLog)
            ReceiveLog(message.RpcLog);
        else if (_waiting.TryRemove(message.RequestId, out var answer))
            answer.TrySetResult(message);
    }

    private void ReceiveLog(RpcLog log)
    {
        TaskCompletionSource newLog;
        lock (_logs)
        {
            _logs.Add(log);
            (newLog, _newLog) = (_newLog, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        newLog.SetResult();
    }

    private sealed class Service(ScriptedHost host) : FunctionRpc.FunctionRpcBase
    {
        public override async Task EventStream(
            IAsyncStreamReader<StreamingMessage> requestStream,
            IServerStreamWriter<StreamingMessage> responseStream,
            ServerCallContext context)
        {
            var writing = WriteAsync(responseStream);
            try
            {
                await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken))
                    host.Receive(message);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The worker's process is gone.
            }

            host._toWorker.Writer.TryComplete();
            await writing;
        }

        private async Task WriteAsync(IServerStreamWriter<StreamingMessage> responseStream)
        {
            try
            {
                await foreach (var message in host._toWorker.Reader.ReadAllAsync())
                    await responseStream.WriteAsync(message);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
            {
                // The worker's process is gone.
            }
        }
    }
}
