using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Azure.Core.Serialization;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Invocation;
using Microsoft.Azure.Functions.Worker.Metadata;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Status = McpFunctions.Local.FunctionsProtocol.StatusResult.Types.Status;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>Runs invocations, any number at once, and knows which are running.</summary>
internal sealed partial class InvocationRunner(
    FunctionLoader functions,
    FunctionExecutionDelegate pipeline,
    InputConversion conversion,
    IServiceScopeFactory scopes,
    IOptions<WorkerOptions> options,
    ILogger<InvocationRunner> logger)
{
    private static readonly TimeSpan _momentToEnd = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, RunningInvocation> _running = new();
    private readonly ObjectSerializer _serializer =
        options.Value.Serializer ?? throw new InvalidOperationException("A serializer is not configured for the worker.");

    private readonly Lock _stopLock = new();
    private volatile bool _stopping;
    private Task? _stop;

    /// <summary>Takes an invocation and runs it on another thread. When this method returns, the invocation can be canceled.</summary>
    /// <param name="request">The invocation.</param>
    /// <param name="answer">Gets the answer for the host.</param>
    public void Start(InvocationRequest request, Action<InvocationResponse> answer)
    {
        var running = new RunningInvocation();
        if (!_running.TryAdd(request.InvocationId, running))
        {
            answer(Refused(request, $"An invocation with the id '{request.InvocationId}' is running already."));
        }
        else if (_stopping)
        {
            // Looked up after it was added: what is added before the worker stops is waited for.
            _running.TryRemove(request.InvocationId, out _);
            answer(Refused(request, "The worker is stopping."));
        }
        else
        {
            _ = Task.Run(async () =>
            {
                answer(await RunAsync(request, running.Token));
                _running.TryRemove(request.InvocationId, out _);
                running.End();
            });
        }
    }

    /// <summary>Cancels the token of an invocation, if it is still running.</summary>
    public void Cancel(string invocationId)
    {
        if (_running.TryGetValue(invocationId, out var running))
            running.Cancel();
    }

    /// <summary>
    /// Takes no more invocations and waits until the running ones are answered. Those left after the grace period are canceled
    /// and have a moment to end. Once begun, a second call waits for the first one.
    /// </summary>
    public Task StopAsync(TimeSpan gracePeriod, CancellationToken cancellationToken)
    {
        lock (_stopLock)
            return _stop ??= DrainAsync(gracePeriod, cancellationToken);
    }

    private async Task DrainAsync(TimeSpan gracePeriod, CancellationToken cancellationToken)
    {
        _stopping = true;
        var all = Task.WhenAll(_running.Values.Select(running => running.Ended));
        try
        {
            await all.WaitAsync(gracePeriod, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            LogAbandoned(_running.Count);
            foreach (var running in _running.Values)
                running.Cancel();
            await Task.WhenAny(all, Task.Delay(_momentToEnd, CancellationToken.None));
        }
    }

    private async Task<InvocationResponse> RunAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        var response = new InvocationResponse { InvocationId = request.InvocationId };
        try
        {
            if (!functions.TryGet(request.FunctionId, out var function))
                throw new InvalidOperationException($"The function with the id '{request.FunctionId}' is not loaded.");

            await using var context = new InvocationContext(
                request.InvocationId,
                function,
                new InvocationTraceContext(request.TraceContext),
                new InvocationRetryContext(request.RetryContext),
                scopes,
                cancellationToken);
            var bindings = new InvocationBindings(
                context,
                RpcInput.ToDictionary(request.InputData, context),
                RpcInput.ToDictionary(request.TriggerMetadata, context),
                conversion);
            context.Features.Set(bindings);

            await InvokeAsync(context, response);
            await WriteOutputsAsync(bindings, response);
            response.Result = new StatusResult { Status = Status.Success };
        }
        catch (Exception exception)
        {
            response.OutputData.Clear();
            response.ReturnValue = null;
            response.Result = new StatusResult
            {
                // As the official worker: a cancellation counts as one only inside another exception.
                Status = exception.InnerException is OperationCanceledException ? Status.Cancelled : Status.Failure,
                Exception = options.Value.TellsUserExceptions ? exception.ToUserRpc() : exception.ToRpc(),
            };
        }

        return response;
    }

    private async Task InvokeAsync(FunctionContext context, InvocationResponse response)
    {
        using var scope = logger.BeginScope(InvocationTelemetry.ScopeOf(context));
        using var activity = InvocationTelemetry.StartActivity(context);
        try
        {
            await pipeline(context);
        }
        catch (Exception exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            LogInvocationError(context.FunctionDefinition.Name, context.InvocationId, exception);
            throw;
        }
        finally
        {
            InvocationTelemetry.CopyTags(activity, response.TraceContextAttributes);
        }
    }

    private async Task WriteOutputsAsync(InvocationBindings bindings, InvocationResponse response)
    {
        foreach (var (name, value) in bindings.OutputData)
        {
            var output = new ParameterBinding { Name = name };
            if (value is not null)
                output.Data = await RpcOutput.ToRpcAsync(value, _serializer);
            response.OutputData.Add(output);
        }

        if (bindings.Result is { } result)
            response.ReturnValue = await RpcOutput.ToRpcAsync(result, _serializer);
    }

    private static InvocationResponse Refused(InvocationRequest request, string reason) => new()
    {
        InvocationId = request.InvocationId,
        Result = new InvalidOperationException(reason).ToFailure(),
    };

    [LoggerMessage(
        EventId = 2,
        EventName = "InvocationError",
        Level = LogLevel.Error,
        Message = "Function '{FunctionName}', Invocation id '{InvocationId}': An exception was thrown by the invocation.")]
    private partial void LogInvocationError(string functionName, string invocationId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} invocations were still running when the worker had to stop.")]
    private partial void LogAbandoned(int count);

    [SuppressMessage("Design", "CA1001", Justification =
        "A cancellation may come while the invocation ends, and without a timer there is nothing to free.")]
    private sealed class RunningInvocation
    {
        private readonly CancellationTokenSource _cancellation = new();
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Token => _cancellation.Token;

        public Task Ended => _ended.Task;

        public void End() => _ended.SetResult();

        // On another thread: what the function registered on its token must not hold up the reading of messages.
        public void Cancel() => _ = _cancellation.CancelAsync();
    }
}
