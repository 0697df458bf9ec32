using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Writes a worker's log under the categories that host.json filters.</summary>
internal sealed class WorkerLogRelay(ILoggerFactory loggers, RunningInvocations running)
{
    private const string UnnamedCategory = "Worker";

    public void Write(RpcLog log)
    {
        if (log.LogCategory == RpcLog.Types.RpcLogCategory.CustomMetric)
            return;

        var logger = loggers.CreateLogger(CategoryOf(log));
        logger.WorkerLog((LogLevel)log.Level, log.Message);
        if (log.Exception is { } exception)
        {
            foreach (var line in exception.Lines())
                logger.WorkerLog((LogLevel)log.Level, line);
        }
    }

    private string CategoryOf(RpcLog log) =>
        log.LogCategory == RpcLog.Types.RpcLogCategory.User
        && !LogCategories.IsFramework(log.Category)
        && running.FunctionOf(log.InvocationId) is { } function
            ? LogCategories.UserFunction(function)
        : log.Category is "" ? UnnamedCategory
        : log.Category;
}
