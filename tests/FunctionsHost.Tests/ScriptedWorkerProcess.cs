using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;
using RpcException = McpFunctions.Local.FunctionsProtocol.RpcException;

namespace McpFunctions.FunctionsHost.Tests;

/// <summary>One run of a <see cref="ScriptedWorker"/>: a client of the host's gRPC server.</summary>
internal sealed class ScriptedWorkerProcess(ScriptedWorker script, WorkerArguments arguments, bool failsAtStart) : IWorkerProcess
{
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _killed = new();
    private readonly ConcurrentQueue<StreamingMessage> _received = new();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _running = new();
    private readonly ConcurrentDictionary<string, string> _loaded = new();
    private readonly SemaphoreSlim _writing = new(1);
    private IClientStreamWriter<StreamingMessage>? _outgoing;

    public Task<int> Exited => _exited.Task;

    public IReadOnlyList<StreamingMessage> Received => [.. _received];

    public WorkerArguments Arguments => arguments;

    public void BecomeReady() { }

    public void Run() => _ = RunAsync();

    /// <summary>Ends at once, as a crashed process does.</summary>
    public void Die(int exitCode = 134)
    {
        _exited.TrySetResult(exitCode);
        _killed.Cancel();
    }

    public async Task SendAsync(StreamingMessage message)
    {
        await _writing.WaitAsync();
        try
        {
            await _outgoing!.WriteAsync(message);
        }
        finally
        {
            _writing.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        Die(137);
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync()
    {
        if (failsAtStart)
        {
            Die();
            return;
        }

        try
        {
            using var channel = GrpcChannel.ForAddress(
                arguments.Endpoint,
                new GrpcChannelOptions { MaxReceiveMessageSize = int.MaxValue, MaxSendMessageSize = int.MaxValue }
            );
            using var call = new FunctionRpc.FunctionRpcClient(channel).EventStream(cancellationToken: _killed.Token);
            _outgoing = call.RequestStream;
            await SendAsync(new StreamingMessage { StartStream = new StartStream { WorkerId = arguments.WorkerId } });
            await foreach (var message in call.ResponseStream.ReadAllAsync(_killed.Token))
            {
                _received.Enqueue(message);
                await ReceiveAsync(message);
            }
        }
        catch (Exception e) when (e is Grpc.Core.RpcException or OperationCanceledException or IOException)
        {
            // The host closed the stream, or this process was killed.
        }

        if (!script.IsStubborn)
            _exited.TrySetResult(0);
    }

    private async Task ReceiveAsync(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.WorkerInitRequest:
                var init = new WorkerInitResponse { WorkerVersion = "1.0", Result = Success() };
                init.Capabilities.Add(script.Capabilities);
                await SendAsync(new StreamingMessage { WorkerInitResponse = init });
                break;
            case StreamingMessage.ContentOneofCase.FunctionsMetadataRequest:
                var metadata = new FunctionMetadataResponse
                {
                    Result = Success(),
                    UseDefaultMetadataIndexing = script.LeavesIndexingToHost,
                };
                if (!script.LeavesIndexingToHost)
                    metadata.FunctionMetadataResults.AddRange(script.Functions);
                await SendAsync(new StreamingMessage { FunctionMetadataResponse = metadata });
                break;
            case StreamingMessage.ContentOneofCase.FunctionLoadRequest:
                await LoadAsync(message.FunctionLoadRequest);
                break;
            case StreamingMessage.ContentOneofCase.InvocationRequest:
                _ = InvokeAsync(message.InvocationRequest);
                break;
            case StreamingMessage.ContentOneofCase.InvocationCancel:
                if (_running.TryGetValue(message.InvocationCancel.InvocationId, out var running))
                    await running.CancelAsync();
                break;
            case StreamingMessage.ContentOneofCase.WorkerStatusRequest:
                await SendAsync(new StreamingMessage { WorkerStatusResponse = new WorkerStatusResponse() });
                break;
            case StreamingMessage.ContentOneofCase.WorkerTerminate when !script.IsStubborn:
                Die(0);
                break;
        }
    }

    private Task LoadAsync(FunctionLoadRequest request)
    {
        _loaded[request.FunctionId] = request.Metadata.Name;
        var result = script.Unloadable.Contains(request.Metadata.Name)
            ? new StatusResult
            {
                Status = StatusResult.Types.Status.Failure,
                Exception = new RpcException { Message = "The type does not load." },
            }
            : Success();
        return SendAsync(
            new StreamingMessage
            {
                FunctionLoadResponse = new FunctionLoadResponse { FunctionId = request.FunctionId, Result = result },
            }
        );
    }

    private async Task InvokeAsync(InvocationRequest request)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_killed.Token);
        _running[request.InvocationId] = cancellation;
        try
        {
            var response = await script.HandleAsync(
                new ScriptedInvocation(this, request, _loaded.GetValueOrDefault(request.FunctionId, ""), cancellation.Token)
            );
            await SendAsync(new StreamingMessage { InvocationResponse = response });
        }
        catch (OperationCanceledException) when (!_killed.IsCancellationRequested)
        {
            var cancelled = ScriptedWorker.Failure("A task was canceled.");
            cancelled.InvocationId = request.InvocationId;
            await SendAsync(new StreamingMessage { InvocationResponse = cancelled });
        }
        catch (Exception e) when (_killed.IsCancellationRequested || e is InvalidOperationException)
        {
            // The worker is dead, so it cannot respond.
        }
        finally
        {
            _running.TryRemove(request.InvocationId, out _);
        }
    }

    private static StatusResult Success() => new() { Status = StatusResult.Types.Status.Success };
}
