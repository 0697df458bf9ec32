using McpFunctions.Local.FunctionsHost.Admin;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Http;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Keys;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.Local.FunctionsHost.Timers;
using McpFunctions.Local.FunctionsHost.Workers;

namespace McpFunctions.Local.FunctionsHost.Hosting;

/// <summary>One host of one app. Creates the parts, starts them in order, and stops them in reverse order.</summary>
internal sealed class LocalHost(
    HostSettings settings,
    HostConsole console,
    TimeProvider time,
    Func<ILogger, IWorkerLauncher> createLauncher,
    HostConsole? logFile = null
)
{
    // When the host stops, running invocations have this much time to end.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    // Most requests end in this time. A stream that stays open ends only when its worker stops.
    private static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(4);

    // A stopping worker may interrupt functions of other triggers, so they get more time. Together with RequestTime, 5 s is the limit.
    private static readonly TimeSpan TriggerTime = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HostLifecycle Lifecycle { get; } = new(time);

    /// <summary>Completes with the address of the HTTP server when it listens.</summary>
    public Task<Uri> Listening => _listening.Task;

    /// <summary>Runs the app until one of the tokens is cancelled.</summary>
    /// <param name="stop">Stops in order: listeners, running requests, worker.</param>
    /// <param name="force">Stops at once, without waiting.</param>
    /// <exception cref="StartupException">The app cannot run with these files or settings.</exception>
    public async Task RunAsync(CancellationToken stop, CancellationToken force)
    {
        using var loggers = LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(LogLevel.Trace);
            logging.AddProvider(ProviderFor(console, settings.Options.Verbose ? LogDetail.Verbose : LogDetail.Quiet));
            if (logFile is not null)
                logging.AddProvider(ProviderFor(logFile, LogDetail.Full));
        });
        var logger = loggers.CreateLogger(LogCategories.Startup);
        logger.HostStarting(HostVersion.Number, settings.AppFolder);
        if (settings.Options.LogFile is { } path)
            logger.LogFileOpened(path);

        var running = new RunningInvocations();
        var channels = new WorkerChannels();
        await using var rpc = new WorkerRpcServer();
        var workerLogger = loggers.CreateLogger(LogCategories.Worker);
        await using var workers = new WorkerSupervisor(
            settings,
            createLauncher(workerLogger),
            channels,
            new WorkerLogRelay(loggers, running),
            rpc.Endpoint,
            time,
            workerLogger
        );
        HttpFront.RequireFreePort(settings.Port);
        // Before the host's own servers: the worker takes longest to start.
        var supervision = workers.RunAsync();
        await rpc.StartAsync(channels, loggers, stop);
        var dispatcher = new InvocationDispatcher(workers, running, settings.HostJson, time, loggers);

        var hostId = HostId.Of(settings.App, settings.AppFolder);
        var keys = new KeyStore(settings.AppFolder);
        var authorization = new KeyAuthorization(keys, settings.Options.EnableAuth);
        var adminFunctions = new AdminFunctions(dispatcher, loggers);
        var admin = new AdminRoutes(settings, Lifecycle, adminFunctions, keys, authorization, hostId);
        using var forwarder = new RequestForwarder(time);
        using var throttle = new RequestThrottle(settings.HostJson.MaxConcurrentRequests, settings.HostJson.MaxOutstandingRequests);
        var httpFunctions = new HttpFunctionHandler(
            workers,
            dispatcher,
            forwarder,
            throttle,
            authorization,
            settings,
            loggers.CreateLogger(LogCategories.Http)
        );
        using var endpoints = new FunctionEndpoints(httpFunctions.HandleAsync, logger);
        await using var listeners = new TriggerListeners(settings, dispatcher, hostId, time, loggers);

        await using var front = await HttpFront.StartAsync(settings, endpoints, admin, Lifecycle, DrainTime, time, loggers, stop);
        _listening.SetResult(front.Address);
        if (settings.Options.EnableAuth)
            logger.KeysEnforced(keys.Folder);

        var stopRequested = Task.Delay(Timeout.Infinite, stop);
        try
        {
            if (await Task.WhenAny(workers.Functions, supervision, stopRequested) == workers.Functions)
            {
                var functions = await workers.Functions;
                var http = endpoints.Map(functions, settings.HostJson.RoutePrefix);
                listeners.Create(functions);
                adminFunctions.Publish(functions, http, listeners.All);
                Announce(front.Address, http, listeners.All, functions, logger);

                Lifecycle.Become(HostState.Initialized);
                var starting = listeners.StartAsync(Lifecycle, stop);
                await Task.WhenAny(starting, supervision, stopRequested);
                if (starting.IsFaulted)
                    await starting;
                if (starting.IsCompletedSuccessfully)
                {
                    Lifecycle.Become(HostState.Running);
                    logger.HostStarted((long)Lifecycle.Uptime.TotalMilliseconds, hostId);
                }

                await Task.WhenAny(supervision, stopRequested);
            }

            if (supervision.IsCompleted)
                await supervision;
        }
        finally
        {
            Lifecycle.Become(HostState.Stopping);
            logger.HostStopping(running.Count);
            await DrainAsync(listeners, front, workers, running, logger, time, force);
            await workers.DisposeAsync();
            Lifecycle.Become(HostState.Stopped);
            logger.HostStopped();
        }
    }

    private void Announce(
        Uri address,
        IReadOnlyList<HttpTrigger> http,
        IReadOnlyList<ITriggerListener> listeners,
        FunctionCatalog functions,
        ILogger logger
    )
    {
        if (functions.All.Count == 0)
            logger.NoFunctions();
        var disabled = functions.All.Where(function => function.IsDisabled).Select(function => function.Name).ToArray();
        if (disabled.Length > 0 && logger.IsEnabled(LogLevel.Information))
            logger.FunctionsDisabled(disabled.Length, string.Join(", ", disabled));
        FunctionListing.Write(console, address, http, listeners);
        if (logFile is not null)
            FunctionListing.Write(logFile, address, http, listeners);
    }

    private HostConsoleLoggerProvider ProviderFor(HostConsole output, LogDetail detail) =>
        new(output, new LogLevelRules(settings.HostJson.LogLevels, detail));

    private static async Task DrainAsync(
        TriggerListeners listeners,
        HttpFront front,
        WorkerSupervisor workers,
        RunningInvocations running,
        ILogger logger,
        TimeProvider time,
        CancellationToken force
    )
    {
        using var limit = new CancellationTokenSource(DrainTime, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(force, limit.Token);
        var triggers = listeners.StopAsync();
        var requests = front.StopAsync(deadline.Token);
        var drained = Task.WhenAll(triggers, requests, running.WhenNoneAsync(deadline.Token));
        if (workers.TakesRequests && await Task.WhenAny(requests, Task.Delay(RequestTime, deadline.Token)) != requests)
        {
            await Task.WhenAny(triggers, Task.Delay(TriggerTime, deadline.Token));
            workers.BeginStop();
        }

        await drained.WaitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.Count > 0)
            logger.CutOff(running.Count);
    }
}
