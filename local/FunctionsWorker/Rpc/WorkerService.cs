using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker.Hosting;
using Microsoft.Azure.Functions.Worker.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Content = McpFunctions.Local.FunctionsProtocol.StreamingMessage.ContentOneofCase;
using RpcException = Grpc.Core.RpcException;
using Status = McpFunctions.Local.FunctionsProtocol.StatusResult.Types.Status;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>The worker: connects to the host, does what it asks, and ends with it.</summary>
internal sealed partial class WorkerService(
    IConfiguration configuration,
    HostConnection host,
    FunctionCatalog catalog,
    FunctionLoader loader,
    InvocationRunner invocations,
    IHostApplicationLifetime lifetime,
    IOptions<HostOptions> hostOptions,
    IOptions<WorkerOptions> options,
    ILogger<WorkerService> logger) : IHostedLifecycleService, IDisposable
{
    /// <summary>More than what a message adds to the answer in it: its request id and two field headers.</summary>
    private const int EnvelopeLength = 256;

    private static readonly TimeSpan _flushTimeout = TimeSpan.FromSeconds(5);
    private static readonly string _version = typeof(WorkerService).Assembly.GetName().Version?.ToString() ?? "";

    // Required by the wire format of this worker; the optional ones are in WorkerOptions.
    private static readonly string[] _capabilities =
    [
        "RpcHttpBodyOnly",
        "RawHttpBodyBytes",
        "RpcHttpTriggerMetadataRemoved",
        "UseNullableValueDictionaryForHttp",
        "TypedDataCollection",
        "WorkerStatus",
    ];

    private readonly CancellationTokenSource _closing = new();
    private Task _reader = Task.CompletedTask;
    private int _maxMessageLength;
    private bool _terminating;
    private volatile bool _disposed;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = WorkerSettings.From(configuration);
        try
        {
            await host.OpenAsync(settings, cancellationToken);
        }
        catch (RpcException exception)
        {
            throw new InvalidOperationException($"The Functions host at {settings.HostEndpoint} cannot be reached.", exception);
        }

        _maxMessageLength = settings.MaxMessageLength ?? int.MaxValue;
        _reader = Task.Run(ReadAsync, CancellationToken.None);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Before any service of the app is stopped: running invocations still need them.
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        invocations.StopAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // After every service of the app is stopped: what they log while stopping is sent too.
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await host.CloseAsync(_flushTimeout);

        // The host ends its side when it has read everything: to hang up before would lose the last messages.
        await Task.WhenAny(_reader, Task.Delay(_flushTimeout, CancellationToken.None));
        await _closing.CancelAsync();
        await _reader;
    }

    public void Dispose()
    {
        _disposed = true;
        _closing.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var message in host.ReadAllAsync(_closing.Token))
                Handle(message);
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException or IOException)
        {
            if (!_closing.IsCancellationRequested)
                LogHostLost(exception.Message);
        }

        if (_terminating || lifetime.ApplicationStopping.IsCancellationRequested)
            return;

        // Nobody is left to answer: a worker must not outlive its host.
        Environment.ExitCode = 1;
        await EndAsync(TimeSpan.Zero);
    }

    // Returns at once, so that a slow request does not delay the next one. An invocation is known when this returns:
    // the cancellation that follows it must find it.
    private void Handle(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case Content.WorkerStatusRequest:
                Answer(message, new() { WorkerStatusResponse = new() });
                break;
            case Content.InvocationRequest:
                invocations.Start(message.InvocationRequest, response => Answer(message, new() { InvocationResponse = Fitting(response) }));
                break;
            case Content.InvocationCancel:
                invocations.Cancel(message.InvocationCancel.InvocationId);
                break;
            case Content.WorkerInitRequest:
                Answer(message, new() { WorkerInitResponse = Initialize() });
                break;
            case Content.FunctionsMetadataRequest:
                _ = Task.Run(() => Answer(message, new() { FunctionMetadataResponse = Describe() }));
                break;
            case Content.FunctionLoadRequest:
                _ = Task.Run(() => Answer(message, new() { FunctionLoadResponse = Load(message.FunctionLoadRequest) }));
                break;
            case Content.FunctionEnvironmentReloadRequest:
                Answer(message, new() { FunctionEnvironmentReloadResponse = Reload(message.FunctionEnvironmentReloadRequest) });
                break;
            case Content.WorkerWarmupRequest:
                Answer(message, new() { WorkerWarmupResponse = new() { Result = Success() } });
                break;
            case Content.WorkerTerminate:
                _terminating = true;
                _ = EndAsync(message.WorkerTerminate.GracePeriod?.ToTimeSpan() ?? TimeSpan.Zero);
                break;
            default:
                LogIgnored(message.ContentCase);
                break;
        }
    }

    private void Answer(StreamingMessage request, StreamingMessage answer)
    {
        answer.RequestId = request.RequestId;
        host.Send(answer);
    }

    // A message over the limit would end the stream, and every other invocation with it.
    private InvocationResponse Fitting(InvocationResponse response)
    {
        var length = response.CalculateSize();
        return length <= _maxMessageLength - EnvelopeLength
            ? response
            : new InvocationResponse
            {
                InvocationId = response.InvocationId,
                Result = new InvalidOperationException(
                    $"The answer has {length} bytes; the host takes messages of up to {_maxMessageLength} bytes.").ToFailure(),
            };
    }

    private WorkerInitResponse Initialize()
    {
        var response = new WorkerInitResponse { WorkerVersion = _version, Result = Success(), WorkerMetadata = Metadata() };
        AddCapabilities(response.Capabilities);
        return response;
    }

    private FunctionMetadataResponse Describe()
    {
        try
        {
            var response = new FunctionMetadataResponse { Result = Success(), UseDefaultMetadataIndexing = false };
            response.FunctionMetadataResults.AddRange(catalog.Find().Select(RpcMetadata.ToRpc));
            return response;
        }
        catch (Exception exception)
        {
            LogDescribeFailed(exception);
            return new FunctionMetadataResponse { Result = exception.ToFailure() };
        }
    }

    private FunctionLoadResponse Load(FunctionLoadRequest request)
    {
        try
        {
            if (!request.Metadata.IsProxy)
            {
                var metadata = request.Metadata;
                loader.Load(request.FunctionId, metadata.Name, metadata.ScriptFile, metadata.EntryPoint, RpcMetadata.BindingsOf(metadata));
            }

            return new FunctionLoadResponse { FunctionId = request.FunctionId, Result = Success() };
        }
        catch (Exception exception)
        {
            LogLoadFailed(request.Metadata?.Name ?? request.FunctionId, exception);
            return new FunctionLoadResponse { FunctionId = request.FunctionId, Result = exception.ToFailure() };
        }
    }

    private FunctionEnvironmentReloadResponse Reload(FunctionEnvironmentReloadRequest request)
    {
        try
        {
            foreach (var (name, value) in request.EnvironmentVariables)
                Environment.SetEnvironmentVariable(name, value);
            if (request.FunctionAppDirectory.Length > 0)
                Environment.CurrentDirectory = request.FunctionAppDirectory;

            var response = new FunctionEnvironmentReloadResponse { Result = Success(), WorkerMetadata = Metadata() };
            AddCapabilities(response.Capabilities);
            return response;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return new FunctionEnvironmentReloadResponse { Result = exception.ToFailure() };
        }
    }

    private async Task EndAsync(TimeSpan gracePeriod)
    {
        await invocations.StopAsync(gracePeriod, CancellationToken.None);
        _ = ExitIfStopHangsAsync();
        lifetime.StopApplication();
    }

    // A service of the app that hangs while stopping would leave the process behind.
    private async Task ExitIfStopHangsAsync()
    {
        await Task.Delay(hostOptions.Value.ShutdownTimeout + _flushTimeout, CancellationToken.None);
        if (!_disposed)
            Environment.Exit(1);
    }

    private void AddCapabilities(MapField<string, string> capabilities)
    {
        foreach (var name in _capabilities)
            capabilities[name] = bool.TrueString;
        foreach (var (name, value) in options.Value.Capabilities)
            capabilities[name] = value;
    }

    private static WorkerMetadata Metadata() => new()
    {
        RuntimeName = ".NET",
        RuntimeVersion = Environment.Version.ToString(),
        WorkerVersion = _version,
        WorkerBitness = RuntimeInformation.ProcessArchitecture.ToString(),
    };

    private static StatusResult Success() => new() { Status = Status.Success };

    [LoggerMessage(Level = LogLevel.Error, Message = "The connection to the host is lost: {Reason}")]
    private partial void LogHostLost(string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A message of kind {Kind} was ignored.")]
    private partial void LogIgnored(Content kind);

    [LoggerMessage(Level = LogLevel.Error, Message = "The app's functions cannot be listed.")]
    private partial void LogDescribeFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Function '{Name}' cannot be loaded.")]
    private partial void LogLoadFailed(string name, Exception exception);
}
