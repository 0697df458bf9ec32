using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker.Rpc;
using Microsoft.Extensions.Logging;
using Category = McpFunctions.Local.FunctionsProtocol.RpcLog.Types.RpcLogCategory;
using Level = McpFunctions.Local.FunctionsProtocol.RpcLog.Types.Level;

namespace Microsoft.Azure.Functions.Worker.Logging;

internal sealed class HostLogger(string category, HostConnection host, Func<IExternalScopeProvider> scopes) : ILogger
{
    // The worker's own log is the host's business; everything else is the app's.
    private readonly Category _logCategory =
        category.StartsWith("Microsoft.Azure.Functions.Worker.", StringComparison.Ordinal) ? Category.System : Category.User;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => scopes().Push(state);

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;

        var log = new RpcLog
        {
            Category = category,
            LogCategory = _logCategory,
            Level = (Level)logLevel,
            EventId = eventId.ToString(),
            Message = formatter(state, exception),
            Exception = exception?.ToRpc(),
        };
        scopes().ForEachScope(static (scope, log) => SetInvocationId(scope, log), log);
        host.SendLog(log);
    }

    private static void SetInvocationId(object? scope, RpcLog log)
    {
        if (scope is not IEnumerable<KeyValuePair<string, object>> values)
            return;

        foreach (var (key, value) in values)
        {
            if (key == InvocationTelemetry.InvocationIdKey)
                log.InvocationId = value.ToString();
        }
    }
}
