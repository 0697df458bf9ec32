using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>Runs functions for every trigger, and logs every invocation.</summary>
internal sealed class InvocationDispatcher(
    WorkerSupervisor workers,
    RunningInvocations running,
    HostJson hostJson,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    // A new worker usually replaces a crashed one within a second. The caller waits for it instead of failing.
    private static readonly TimeSpan WorkerWaitTimeout = TimeSpan.FromSeconds(10);

    // If a function ignores its cancellation for this long, the host replaces its worker.
    private static readonly TimeSpan CancellationTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Runs a function and returns its response. Logs every failure before it throws.</summary>
    /// <param name="invocation">The call.</param>
    /// <param name="cancellationToken">Cancels the function's own token. The function decides whether it ends.</param>
    /// <exception cref="FunctionFailedException">The function threw an exception.</exception>
    /// <exception cref="FunctionTimeoutException">The function ran too long.</exception>
    /// <exception cref="WorkerLostException">The worker ended during the invocation.</exception>
    /// <exception cref="WorkerUnavailableException">No worker was ready in time.</exception>
    public async Task<InvocationResponse> InvokeAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger(LogCategories.Function(invocation.Function.Name));
        var policy = RetryPolicy.Of(invocation.Function);
        for (var retries = 0; ; retries++)
        {
            try
            {
                return await InvokeOnceAsync(invocation, retries, policy, logger, cancellationToken);
            }
            catch (InvocationException) when (policy.Allows(retries) && !cancellationToken.IsCancellationRequested)
            {
                var delay = policy.DelayAfter(retries);
                logger.Retrying(delay, retries + 1, policy.MaxRetries);
                await Task.Delay(delay, time, cancellationToken);
            }
        }
    }

    /// <summary>Runs a function whose trigger needs no response. Returns false if it failed.</summary>
    public async Task<bool> TryInvokeAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        try
        {
            await InvokeAsync(invocation, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is InvocationException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<InvocationResponse> InvokeOnceAsync(
        Invocation invocation,
        int retries,
        RetryPolicy policy,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var function = invocation.Function.LogName;
        var invocationId = Guid.NewGuid().ToString();
        logger.Executing(function, invocation.Reason, invocationId);
        if (invocation.TriggerDetails is { } details)
            logger.TriggerDetails(details);

        var started = time.GetTimestamp();
        try
        {
            var worker = await workers.GetWorkerAsync(WorkerWaitTimeout, cancellationToken);
            var request = invocation.CreateRequest(worker.Capabilities);
            request.InvocationId = invocationId;
            request.FunctionId = invocation.Function.Id;
            if (policy != RetryPolicy.None)
                request.RetryContext = new RetryContext { RetryCount = retries, MaxRetryCount = policy.MaxRetries };

            var response = await RunAsync(worker, invocation, request, cancellationToken);
            var duration = Milliseconds(started);
            logger.Succeeded(function, invocationId, duration);
            return response;
        }
        catch (Exception e)
        {
            var duration = Milliseconds(started);
            if (cancellationToken.IsCancellationRequested)
            {
                logger.Cancelled(function, invocationId, duration, e.Message);
                throw;
            }

            logger.Failed(function, invocationId, duration);
            logger.FailureReason(e.Message);
            if (e is FunctionFailedException failure)
            {
                // The worker has logged these lines too.
                foreach (var line in failure.Details.Lines().Skip(1))
                    logger.FailureDetail(line);
            }

            throw;
        }
    }

    private async Task<InvocationResponse> RunAsync(
        WorkerChannel worker,
        Invocation invocation,
        InvocationRequest request,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(hostJson.FunctionTimeout, time);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);

        // As in the real host, forward the request first: its invocation must find it.
        var forward = ForwardAsync(worker, invocation, request, cancelled);
        var response = RespondAsync(worker, invocation, request, cancelled.Token);
        try
        {
            return await CombineAsync(forward, response, cancelled).WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            await cancelled.CancelAsync(); // otherwise the source could be disposed before the timeout cancels it
            _ = RecycleUnlessItEndsAsync(worker, response);
            // Wait for the forward: it may still write to the client, and the caller must not write at the same time.
            await forward.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new FunctionTimeoutException(invocation.Function.LogName, request.InvocationId, hostJson.FunctionTimeout);
        }
    }

    private static async Task<InvocationResponse> CombineAsync(
        Task forward,
        Task<InvocationResponse> response,
        CancellationTokenSource cancelled
    )
    {
        await ((Task)response).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (response.Exception?.InnerException is WorkerLostException)
        {
            await cancelled.CancelAsync();
            await forward.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            // A broken request causes the function's failure, so report the request's failure first.
            await forward;
        }

        return await response;
    }

    // After a failed forward the function has only half a request, so cancel the function too.
    private static async Task ForwardAsync(
        WorkerChannel worker,
        Invocation invocation,
        InvocationRequest request,
        CancellationTokenSource cancelled
    )
    {
        if (invocation.Forward is not { } forward)
            return;

        try
        {
            await forward(worker.Capabilities, request.InvocationId, cancelled.Token);
        }
        catch
        {
            await cancelled.CancelAsync();
            throw;
        }
    }

    private async Task<InvocationResponse> RespondAsync(
        WorkerChannel worker,
        Invocation invocation,
        InvocationRequest request,
        CancellationToken cancellationToken
    )
    {
        running.Add(request.InvocationId, invocation.Function.Name);
        try
        {
            return await worker.InvokeAsync(request, cancellationToken);
        }
        finally
        {
            running.Remove(request.InvocationId);
        }
    }

    // A function that ignores its cancellation keeps its thread forever. As in the real host, only a new worker frees it.
    private async Task RecycleUnlessItEndsAsync(WorkerChannel worker, Task<InvocationResponse> response)
    {
        await Task.WhenAny(response, Task.Delay(CancellationTimeout, time));
        if (!response.IsCompleted)
            workers.Recycle(worker);
        await ((Task)response).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private long Milliseconds(long started) => (long)time.GetElapsedTime(started).TotalMilliseconds;
}
