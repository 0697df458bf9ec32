using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Keeps one worker running: starts it, prepares it for invocations, and replaces it when it ends.</summary>
internal sealed class WorkerSupervisor(
    HostSettings settings,
    IWorkerLauncher launcher,
    WorkerChannels channels,
    WorkerLogRelay logs,
    Uri endpoint,
    TimeProvider time,
    ILogger logger
) : IAsyncDisposable
{
    private const int MaxFailedStarts = 3; // the real host's limit
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TerminateTimeout = TimeSpan.FromSeconds(5); // the real host's
    private static readonly TimeSpan EndOfStreamTimeout = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<FunctionCatalog> _functions = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource<WorkerChannel> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CancellationTokenSource? _recycling;
    private volatile bool _isLast;
    private Task _running = Task.CompletedTask;

    /// <summary>Completes with the app's functions when the first worker has listed and loaded them.</summary>
    public Task<FunctionCatalog> Functions => _functions.Task;

    /// <summary>Whether the app's workers accept HTTP requests directly, instead of in invocations.</summary>
    public bool TakesRequests { get; private set; }

    /// <summary>Supervises workers until disposal.</summary>
    /// <exception cref="StartupException">Several workers in a row ended before they could take an invocation.</exception>
    public Task RunAsync() => _running = SuperviseAsync();

    /// <summary>Returns the worker that takes invocations, and waits while it starts.</summary>
    /// <exception cref="WorkerUnavailableException">No worker was ready in time.</exception>
    public async Task<WorkerChannel> GetWorkerAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var worker = await _ready.Task.WaitAsync(timeout, time, cancellationToken);
                if (!worker.Closed.IsCompleted)
                    return worker;

                // The worker has ended, but the loop that replaces it has not noticed. An invocation now would be lost.
                await worker.Replaced.WaitAsync(timeout, time, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            throw new WorkerUnavailableException();
        }
    }

    /// <summary>Replaces a worker in which a function hangs.</summary>
    public void Recycle(WorkerChannel worker)
    {
        if (_ready.Task is { IsCompletedSuccessfully: true } ready && ready.Result == worker)
            _recycling?.Cancel();
    }

    /// <summary>
    /// Asks the worker to stop while its invocations still run. The worker ends its open streams and then itself. No other replaces it.
    /// </summary>
    public void BeginStop()
    {
        _isLast = true;
        if (_ready.Task is { IsCompletedSuccessfully: true } ready)
            ready.Result.Terminate(TerminateTimeout);
    }

    /// <summary>Ends the worker in order, and then <see cref="RunAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task SuperviseAsync()
    {
        var backoff = new RestartBackoff(time);
        var failedStarts = 0;
        while (!_stopping.IsCancellationRequested)
        {
            backoff.WorkerStarted();
            failedStarts = await RunWorkerAsync() ? 0 : failedStarts + 1;
            if (_isLast || _stopping.IsCancellationRequested)
                return;
            if (failedStarts == MaxFailedStarts)
                throw new StartupException(
                    $"The worker ended {MaxFailedStarts} times in a row before it could run a function (its output is above). "
                        + "Fix the app and start again."
                );

            var delay = backoff.WorkerEnded();
            logger.RestartingWorker(delay);
            await Task.Delay(delay, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs one worker until it ends. Returns false if it was never ready for an invocation.</summary>
    private async Task<bool> RunWorkerAsync()
    {
        var arguments = new WorkerArguments(endpoint, Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        var channel = new WorkerChannel(arguments.WorkerId, logs, logger);
        channels.Expect(channel);
        using var recycling = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await using var process = launcher.Start(arguments);
        try
        {
            if (!await BringUpAsync(channel, process))
                return false;

            process.BecomeReady();
            _recycling = recycling;
            _ready.SetResult(channel);
            await Task.WhenAny(channel.Closed, process.Exited, Task.Delay(Timeout.Infinite, recycling.Token));
            _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
            channel.Replace();
            _recycling = null;

            if (_stopping.IsCancellationRequested)
                await EndAsync(channel, process);
            else if (recycling.IsCancellationRequested)
                logger.WorkerRecycled();
            else if (!_isLast)
                await ReportEndAsync(process);
            else
                await Task.WhenAny(process.Exited, Task.Delay(TerminateTimeout));
            return true;
        }
        finally
        {
            channels.Forget(channel);
            channel.Close();
        }
    }

    private async Task<bool> BringUpAsync(WorkerChannel channel, IWorkerProcess process)
    {
        using var timeout = new CancellationTokenSource(StartTimeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, timeout.Token);
        var coming = ComeUpAsync(channel, limit.Token);
        if (await Task.WhenAny(coming, process.Exited) != coming)
        {
            await limit.CancelAsync();
            channel.Close();
            await coming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            logger.WorkerDidNotStart($"it ended with exit code {await process.Exited}.");
            return false;
        }

        try
        {
            await coming;
            return true;
        }
        catch (WorkerStartException e)
        {
            logger.WorkerDidNotStart(e.Message);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            logger.WorkerDidNotStart($"it did not get ready within {StartTimeout.TotalSeconds:0} seconds.");
        }
        catch (OperationCanceledException) { }

        return false;
    }

    private async Task ComeUpAsync(WorkerChannel channel, CancellationToken cancellationToken)
    {
        await channel.Started.WaitAsync(cancellationToken);
        await channel.InitializeAsync(settings.AppFolder, settings.HostJson.LogLevels, cancellationToken);

        // As in the real host, a replacement loads the first worker's functions: the app's files have not changed.
        var functions = Functions.IsCompletedSuccessfully ? Functions.Result : await IndexAsync(channel, cancellationToken);
        await channel.LoadAsync(functions.All, cancellationToken);
        TakesRequests = channel.Capabilities.HttpUri is not null;
        _functions.TrySetResult(functions);
    }

    private async Task<FunctionCatalog> IndexAsync(WorkerChannel channel, CancellationToken cancellationToken)
    {
        var response = await channel.IndexAsync(settings.AppFolder, cancellationToken);
        var metadata = response.UseDefaultMetadataIndexing
            ? FunctionMetadataFile.Read(settings.AppFolder)
            : response.FunctionMetadataResults;
        return FunctionCatalog.Read(metadata, settings, logger);
    }

    private static async Task EndAsync(WorkerChannel channel, IWorkerProcess process)
    {
        var asked = channel.Terminate(TerminateTimeout);
        if (!asked)
            channel.Close();
        await Task.WhenAny(process.Exited, Task.Delay(asked ? TerminateTimeout : EndOfStreamTimeout));
    }

    private async Task ReportEndAsync(IWorkerProcess process)
    {
        // The stream usually ends a moment before the process.
        await Task.WhenAny(process.Exited, Task.Delay(EndOfStreamTimeout));
        if (process.Exited.IsCompletedSuccessfully)
            logger.WorkerExited(process.Exited.Result);
        else
            logger.WorkerClosedItsStream();
    }
}
