using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Keeps one worker running: starts it, brings it to the point where it takes invocations, and replaces it when it ends.</summary>
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
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(5); // the real host's
    private static readonly TimeSpan EndOfStreamPatience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<FunctionCatalog> _functions = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource<WorkerChannel> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CancellationTokenSource? _recycling;
    private volatile bool _isLast;

    /// <summary>The app's functions, when the first worker has listed and loaded them.</summary>
    public Task<FunctionCatalog> Functions => _functions.Task;

    /// <summary>Whether the app's workers take HTTP requests themselves, instead of in their invocations.</summary>
    public bool TakesRequests { get; private set; }

    /// <summary>Supervises until stopped.</summary>
    /// <exception cref="StartupException">Worker after worker ended before it could take an invocation.</exception>
    public async Task RunAsync()
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
                        + "Mend the app and start again."
                );

            var delay = backoff.WorkerEnded();
            logger.RestartingWorker(delay);
            await Task.Delay(delay, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The worker that takes invocations; waits for one while it is being started.</summary>
    /// <exception cref="WorkerUnavailableException">None came up in time.</exception>
    public async Task<WorkerChannel> GetWorkerAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var worker = await _ready.Task.WaitAsync(patience, time, cancellationToken);
                if (!worker.Closed.IsCompleted)
                    return worker;

                // The worker has ended, but the loop that replaces it has not noticed. An invocation now would be lost.
                await worker.Replaced.WaitAsync(patience, time, cancellationToken);
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
    /// Asks the worker to stop while its invocations go on: it ends its open streams, and then itself. No other worker replaces it.
    /// </summary>
    public void BeginStop()
    {
        _isLast = true;
        if (_ready.Task is { IsCompletedSuccessfully: true } ready)
            ready.Result.Terminate(GracePeriod);
    }

    /// <summary>Ends the worker, in order if it can, and waits until it is gone.</summary>
    public async ValueTask DisposeAsync() => await _stopping.CancelAsync();

    /// <summary>Runs one worker until it ends or is stopped; false, when it never came to take an invocation.</summary>
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
                await Task.WhenAny(process.Exited, Task.Delay(GracePeriod));
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

        // A replacement loads what the first worker listed, as in the real host: the app's files have not changed meanwhile.
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
        var asked = channel.Terminate(GracePeriod);
        if (!asked)
            channel.Close();
        await Task.WhenAny(process.Exited, Task.Delay(asked ? GracePeriod : EndOfStreamPatience));
    }

    private async Task ReportEndAsync(IWorkerProcess process)
    {
        // The stream usually ends a moment before the process does.
        await Task.WhenAny(process.Exited, Task.Delay(EndOfStreamPatience));
        if (process.Exited.IsCompletedSuccessfully)
            logger.WorkerExited(process.Exited.Result);
        else
            logger.WorkerClosedItsStream();
    }
}
