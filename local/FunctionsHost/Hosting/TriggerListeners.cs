using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Hosting;

/// <summary>The listeners of all functions but the HTTP ones.</summary>
internal sealed class TriggerListeners(HostSettings settings, InvocationDispatcher dispatcher, string hostId, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger(LogCategories.Startup);
    private List<ITriggerListener> _listeners = [];

    public IReadOnlyList<ITriggerListener> All => _listeners;

    /// <exception cref="StartupException">A trigger can never start as the app is configured.</exception>
    public void Create(FunctionCatalog functions)
    {
        _ = (settings, dispatcher, hostId, time, _logger, functions);
        _listeners = [];
    }

    public Task StartAsync(HostLifecycle lifecycle, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync() => Task.WhenAll(_listeners.Select(listener => listener.StopAsync()));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
