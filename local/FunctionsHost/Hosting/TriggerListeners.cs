using System.Text.Json;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Redis;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.Local.FunctionsHost.Timers;

namespace McpFunctions.Local.FunctionsHost.Hosting;

/// <summary>The listeners of all functions except HTTP functions.</summary>
internal sealed class TriggerListeners(
    HostSettings settings,
    InvocationDispatcher dispatcher,
    string hostId,
    TimeProvider time,
    ILoggerFactory loggers
) : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(15);

    private readonly ILogger _logger = loggers.CreateLogger(LogCategories.Startup);
    private readonly RedisConnections _redis = new(settings.App, time, loggers.CreateLogger(LogCategories.Redis));
    private readonly List<ITriggerListener> _listeners = [];
    private HostStorage? _storage;

    public IReadOnlyList<ITriggerListener> All => _listeners;

    /// <summary>Creates the listeners. Logs and skips a function with an invalid trigger.</summary>
    /// <exception cref="StartupException">A trigger needs a missing setting.</exception>
    public void Create(FunctionCatalog functions)
    {
        foreach (var function in functions.Enabled.Where(function => !function.IsHttp))
        {
            try
            {
                _listeners.Add(CreateFor(function));
            }
            catch (JsonException e)
            {
                _logger.FunctionInError(function.Name, e.Message);
            }
        }
    }

    /// <summary>Starts all listeners, and retries those that fail.</summary>
    public async Task StartAsync(HostLifecycle lifecycle, CancellationToken cancellationToken)
    {
        IReadOnlyList<ITriggerListener> waiting = _listeners;
        string? remedy = null;
        string? logged = null;
        for (var delay = FirstRetry; ; delay = delay * 2 < LongestRetry ? delay * 2 : LongestRetry)
        {
            var outcomes = await Task.WhenAll(waiting.Select(listener => TryStartAsync(listener, cancellationToken)));
            var reason = outcomes.FirstOrDefault(outcome => outcome is not null);
            if (reason is null)
                break;

            remedy ??= reason.Remedy;
            lifecycle.Become(HostState.Error, reason.Message);
            if (logged != reason.Message)
                _logger.ListenersNotStarted(reason.Message);
            logged = reason.Message;
            waiting = [.. waiting.Where((_, index) => outcomes[index] is not null)];
            await Task.Delay(delay, time, cancellationToken);
        }

        if (remedy is not null)
        {
            lifecycle.Become(HostState.Error, remedy);
            _logger.RestartNeeded(remedy);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    public Task StopAsync() => Task.WhenAll(_listeners.Select(listener => listener.StopAsync()));

    public ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
            listener.Dispose();
        return _redis.DisposeAsync();
    }

    private ITriggerListener CreateFor(FunctionDefinition function)
    {
        if (function.Trigger.IsType("redisPubSubTrigger"))
        {
            var trigger = RedisPubSubTrigger.Read(function, settings.App);
            _redis.Require(trigger.Connection);
            return new RedisPubSubListener(function, trigger, _redis, dispatcher, time, loggers.CreateLogger(LogCategories.Redis));
        }

        if (function.Trigger.IsType("timerTrigger"))
        {
            var logger = loggers.CreateLogger(LogCategories.Timer);
            var trigger = TimerTrigger.Read(function, settings.App, time.GetLocalNow());
            _storage ??= HostStorage.Open(settings.App, hostId, neededBy: function.Name);
            var singleton = new SingletonLock(_storage, function, settings.HostJson, time, loggers.CreateLogger(LogCategories.Singleton));
            return new TimerListener(
                function,
                trigger,
                singleton,
                new ScheduleMonitor(_storage, function, logger),
                dispatcher,
                time,
                logger
            );
        }

        throw new JsonException(
            $"The local host has no listener for '{function.Trigger.Type}'; " + "it has httpTrigger, redisPubSubTrigger and timerTrigger."
        );
    }

    private static async Task<ListenerStartException?> TryStartAsync(ITriggerListener listener, CancellationToken cancellationToken)
    {
        try
        {
            await listener.StartAsync(cancellationToken);
            return null;
        }
        catch (ListenerStartException e)
        {
            return e;
        }
    }
}
