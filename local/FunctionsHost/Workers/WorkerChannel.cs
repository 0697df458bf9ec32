using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsProtocol;
using RpcException = McpFunctions.Local.FunctionsProtocol.RpcException;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The message stream with one worker process, from its first message to its end.</summary>
internal sealed class WorkerChannel(string workerId, WorkerLogRelay logs, ILogger logger)
{
    // Unbounded, as in the real host. The number of waiting callers limits it.
    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> _invocations = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StatusResult>> _loads = new();
    private readonly ConcurrentDictionary<string, RpcException> _loadFailures = new();
    private readonly TaskCompletionSource _started = NewCompletion();
    private readonly TaskCompletionSource _closed = NewCompletion();
    private readonly TaskCompletionSource _replaced = NewCompletion();
    private readonly TaskCompletionSource<WorkerInitResponse> _initialized = NewCompletion<WorkerInitResponse>();
    private readonly TaskCompletionSource<FunctionMetadataResponse> _indexed = NewCompletion<FunctionMetadataResponse>();

    public string WorkerId => workerId;

    public WorkerCapabilities Capabilities { get; private set; } = new(new Dictionary<string, string>());

    /// <summary>Completes when the worker has called.</summary>
    public Task Started => _started.Task;

    /// <summary>Completes when the stream has ended. The worker accepts no more requests.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Completes when this worker gets no more invocations. Callers wait for the next worker instead.</summary>
    public Task Replaced => _replaced.Task;

    /// <summary>Completes <see cref="Replaced"/>.</summary>
    public void Replace() => _replaced.TrySetResult();

    /// <summary>Sends and receives messages until either side ends the stream.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> incoming,
        IServerStreamWriter<StreamingMessage> outgoing,
        CancellationToken cancellationToken
    )
    {
        _started.TrySetResult();
        var sending = SendAsync(outgoing, cancellationToken);
        try
        {
            while (await incoming.MoveNext(cancellationToken))
                Receive(incoming.Current);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or Grpc.Core.RpcException)
        {
            logger.WorkerStreamBroke(workerId, e.Message);
        }
        finally
        {
            Close();
            await sending;
        }
    }

    /// <exception cref="WorkerStartException">The worker refused, or has ended.</exception>
    public async Task InitializeAsync(
        string appFolder,
        IReadOnlyDictionary<string, LogLevel> logLevels,
        CancellationToken cancellationToken
    )
    {
        var request = new WorkerInitRequest
        {
            HostVersion = HostVersion.Number,
            WorkerDirectory = appFolder,
            FunctionAppDirectory = appFolder,
        };
        request.Capabilities["V2Compatable"] = bool.TrueString; // the real host's spelling
        foreach (var (category, level) in logLevels)
            request.LogCategories[category] = (RpcLog.Types.Level)level;
        Send(new StreamingMessage { WorkerInitRequest = request });

        var response = await _initialized.Task.WaitAsync(cancellationToken);
        RequireSuccess(response.Result, "does not initialize");
        Capabilities = new WorkerCapabilities(response.Capabilities);
    }

    /// <summary>Requests the list of the app's functions.</summary>
    /// <exception cref="WorkerStartException">The worker refused, or has ended.</exception>
    public async Task<FunctionMetadataResponse> IndexAsync(string appFolder, CancellationToken cancellationToken)
    {
        Send(new StreamingMessage { FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = appFolder } });
        var response = await _indexed.Task.WaitAsync(cancellationToken);
        RequireSuccess(response.Result, "does not list its functions");
        return response;
    }

    /// <summary>Loads the functions. A function that does not load fails only when it is invoked.</summary>
    /// <exception cref="WorkerStartException">The worker has ended.</exception>
    public async Task LoadAsync(IReadOnlyList<FunctionDefinition> functions, CancellationToken cancellationToken)
    {
        var requests = functions
            .Select(function => new FunctionLoadRequest { FunctionId = function.Id, Metadata = function.Metadata })
            .ToList();
        var responses = functions
            .Select(function => (function, _loads.GetOrAdd(function.Id, _ => NewCompletion<StatusResult>()).Task))
            .ToList();
        if (_closed.Task.IsCompleted)
            throw new WorkerStartException("The worker has closed its stream.");

        foreach (var request in requests)
            Send(new StreamingMessage { FunctionLoadRequest = request });

        foreach (var (function, response) in responses)
        {
            var result = await response.WaitAsync(cancellationToken);
            if (result is null or { Status: StatusResult.Types.Status.Success })
                continue;
            _loadFailures[function.Id] = result.Exception ?? new RpcException { Message = result.Result };
            logger.FunctionInError(function.Name, _loadFailures[function.Id].Message);
        }
    }

    /// <summary>Runs one invocation. On cancellation, asks the worker to cancel it, and waits until the function ends.</summary>
    /// <exception cref="FunctionFailedException">The function threw an exception, or did not load.</exception>
    /// <exception cref="WorkerLostException">The worker ended before it responded.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        if (_loadFailures.TryGetValue(request.FunctionId, out var failure))
            throw new FunctionFailedException(failure);

        var completion = NewCompletion<InvocationResponse>();
        _invocations[request.InvocationId] = completion;
        try
        {
            // Register first and check afterwards: Close fails only registered calls.
            if (_closed.Task.IsCompleted)
                throw new WorkerLostException();
            Send(new StreamingMessage { InvocationRequest = request });

            InvocationResponse response;
            await using (cancellationToken.UnsafeRegister(static (state, _) => ((Action)state!)(), () => Cancel(request.InvocationId)))
                response = await completion.Task;

            return response.Result?.Status switch
            {
                StatusResult.Types.Status.Success => response,
                StatusResult.Types.Status.Cancelled => throw new OperationCanceledException("The function was cancelled."),
                _ => throw new FunctionFailedException(
                    response.Result?.Exception ?? new RpcException { Message = "The worker named no reason." }
                ),
            };
        }
        finally
        {
            _invocations.TryRemove(request.InvocationId, out _);
        }
    }

    /// <summary>Asks the worker to end within the grace period. Returns false if the worker lacks this capability.</summary>
    public bool Terminate(TimeSpan gracePeriod)
    {
        if (Capabilities.HandlesTerminate)
            Send(new StreamingMessage { WorkerTerminate = new WorkerTerminate { GracePeriod = Duration.FromTimeSpan(gracePeriod) } });
        return Capabilities.HandlesTerminate;
    }

    /// <summary>Closes the channel. Callers that wait for a response get an exception.</summary>
    public void Close()
    {
        if (!_closed.TrySetResult())
            return;

        _outgoing.Writer.TryComplete();
        var lost = new WorkerStartException("The worker has closed its stream.");
        _initialized.TrySetException(lost);
        _indexed.TrySetException(lost);
        foreach (var load in _loads.Values)
            load.TrySetException(lost);
        foreach (var invocation in _invocations.Values)
            invocation.TrySetException(new WorkerLostException());
    }

    private void Cancel(string invocationId)
    {
        if (Capabilities.HandlesInvocationCancel)
            Send(new StreamingMessage { InvocationCancel = new InvocationCancel { InvocationId = invocationId } });
    }

    private void Send(StreamingMessage message)
    {
        message.RequestId = Guid.NewGuid().ToString();
        _outgoing.Writer.TryWrite(message);
    }

    private async Task SendAsync(IServerStreamWriter<StreamingMessage> stream, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken))
                await stream.WriteAsync(message, cancellationToken);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or Grpc.Core.RpcException)
        {
            logger.WorkerStreamBroke(workerId, e.Message);
            Close();
        }
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                if (_invocations.TryGetValue(message.InvocationResponse.InvocationId, out var invocation))
                    invocation.TrySetResult(message.InvocationResponse);
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                logs.Write(message.RpcLog);
                break;
            case StreamingMessage.ContentOneofCase.WorkerInitResponse:
                _initialized.TrySetResult(message.WorkerInitResponse);
                break;
            case StreamingMessage.ContentOneofCase.FunctionMetadataResponse:
                _indexed.TrySetResult(message.FunctionMetadataResponse);
                break;
            case StreamingMessage.ContentOneofCase.FunctionLoadResponse:
                if (_loads.TryGetValue(message.FunctionLoadResponse.FunctionId, out var load))
                    load.TrySetResult(message.FunctionLoadResponse.Result);
                break;
            default:
                logger.UnexpectedMessage(workerId, message.ContentCase);
                break;
        }
    }

    private static void RequireSuccess(StatusResult? result, string failure)
    {
        if (result is { Status: not StatusResult.Types.Status.Success })
            throw new WorkerStartException($"The worker {failure}: {result.Exception?.Message ?? result.Result}");
    }

    // Continuations must not run on the thread that reads the stream: a slow one would delay every other response.
    private static TaskCompletionSource NewCompletion() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<T> NewCompletion<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
