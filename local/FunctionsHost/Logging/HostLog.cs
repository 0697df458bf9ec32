using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>All log messages of the host.</summary>
internal static partial class HostLog
{
    // Start and stop

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Azure Functions local host, following host version {Version}; app: {AppFolder}"
    )]
    public static partial void HostStarting(this ILogger logger, string version, string appFolder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Host started ({Milliseconds}ms); host id {HostId}; press Ctrl+C to stop.")]
    public static partial void HostStarted(this ILogger logger, long milliseconds, string hostId);

    [LoggerMessage(Level = LogLevel.Information, Message = "The full log is in {Path}")]
    public static partial void LogFileOpened(this ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No functions found. Check the app's build output and --functions.")]
    public static partial void NoFunctions(this ILogger logger);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "A trigger cannot start: {Reason} The host responds with 503 and keeps trying."
    )]
    public static partial void ListenersNotStarted(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Remedy}")]
    public static partial void RestartNeeded(this ILogger logger, string remedy);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: no new work; waiting for {Count} running invocation(s).")]
    public static partial void HostStopping(this ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} invocation(s) did not end in time. The host stops without them.")]
    public static partial void CutOff(this ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped.")]
    public static partial void HostStopped(this ILogger logger);

    // Functions

    [LoggerMessage(Level = LogLevel.Error, Message = "The '{Function}' function is in error: {Reason}")]
    public static partial void FunctionInError(this ILogger logger, string function, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "--functions names '{Function}', but the app has no such function.")]
    public static partial void UnknownFunctionNamed(this ILogger logger, string function);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} function(s) disabled: {Functions}")]
    public static partial void FunctionsDisabled(this ILogger logger, int count, string functions);

    // Invocations

    [LoggerMessage(Level = LogLevel.Information, Message = "Executing '{Function}' (Reason='{Reason}', Id={InvocationId})")]
    public static partial void Executing(this ILogger logger, string function, string reason, string invocationId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Trigger Details: {Details}")]
    public static partial void TriggerDetails(this ILogger logger, string details);

    [LoggerMessage(Level = LogLevel.Information, Message = "Executed '{Function}' (Succeeded, Id={InvocationId}, Duration={Duration}ms)")]
    public static partial void Succeeded(this ILogger logger, string function, string invocationId, long duration);

    [LoggerMessage(Level = LogLevel.Error, Message = "Executed '{Function}' (Failed, Id={InvocationId}, Duration={Duration}ms)")]
    public static partial void Failed(this ILogger logger, string function, string invocationId, long duration);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Executed '{Function}' (Failed, Id={InvocationId}, Duration={Duration}ms) after its cancellation: {Reason}"
    )]
    public static partial void Cancelled(this ILogger logger, string function, string invocationId, long duration, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "    {Reason}")]
    public static partial void FailureReason(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "    {Line}")]
    public static partial void FailureDetail(this ILogger logger, string line);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Waiting for `{Delay}` before retrying function execution. Next attempt: '{Attempt}'. Max retry count: '{MaxRetries}'"
    )]
    public static partial void Retrying(this ILogger logger, TimeSpan delay, int attempt, int maxRetries);

    // Worker

    [LoggerMessage(Level = LogLevel.Debug, Message = "Starting worker: {CommandLine}")]
    public static partial void StartingWorker(this ILogger logger, string commandLine);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Line}")]
    public static partial void WorkerOutput(this ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Line}")]
    public static partial void WorkerError(this ILogger logger, string line);

    [LoggerMessage(Message = "{Text}")]
    public static partial void WorkerLog(this ILogger logger, LogLevel level, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker process {ProcessId} started.")]
    public static partial void WorkerStarted(this ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The worker did not start: {Reason}")]
    public static partial void WorkerDidNotStart(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The worker process ended with exit code {ExitCode}.")]
    public static partial void WorkerExited(this ILogger logger, int exitCode);

    [LoggerMessage(Level = LogLevel.Error, Message = "The worker closed its stream. The host ends its process.")]
    public static partial void WorkerClosedItsStream(this ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A function ignores its cancellation. The host replaces its worker.")]
    public static partial void WorkerRecycled(this ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "Restarting the worker in {Delay}.")]
    public static partial void RestartingWorker(this ILogger logger, TimeSpan delay);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The stream of worker {WorkerId} broke: {Reason}")]
    public static partial void WorkerStreamBroke(this ILogger logger, string workerId, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Worker {WorkerId} sent '{Message}', which the host ignores.")]
    public static partial void UnexpectedMessage(this ILogger logger, string workerId, StreamingMessage.ContentOneofCase message);

    // HTTP

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Method} {Path}: the body came with Transfer-Encoding: chunked. "
            + "The Functions host puts no such body into an invocation, so the function sees an empty one; "
            + "send a Content-Length, or build the app on the ASP.NET Core integration."
    )]
    public static partial void ChunkedBodyDropped(this ILogger logger, string method, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "The host cannot send the response of '{Function}': {Reason}")]
    public static partial void ResponseNotSent(this ILogger logger, string function, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path} {Status} {Milliseconds}ms")]
    public static partial void Responded(this ILogger logger, string method, string path, string status, long milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed in the host.")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path);

    // Keys

    [LoggerMessage(Level = LogLevel.Information, Message = "Function keys are enforced; the keys are in {Folder}")]
    public static partial void KeysEnforced(this ILogger logger, string folder);

    // Redis

    [LoggerMessage(Level = LogLevel.Information, Message = "{Function} subscribes to '{Channel}'.")]
    public static partial void Subscribed(this ILogger logger, string function, string channel);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The connection '{Setting}' to Redis is down ({Reason}). Messages are lost until it is back."
    )]
    public static partial void RedisConnectionFailed(this ILogger logger, string setting, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The connection '{Setting}' to Redis is back.")]
    public static partial void RedisConnectionRestored(this ILogger logger, string setting);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection '{Setting}' to Redis could not sign in with a new token ({Reason}). The host tries again.")]
    public static partial void RedisTokenFailed(this ILogger logger, string setting, string reason);

    // Timers

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The next 5 occurrences of the '{Function}' schedule ({Schedule}) will be: {Occurrences}"
    )]
    public static partial void NextOccurrences(this ILogger logger, string function, string schedule, string occurrences);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Timer for '{Function}' started with interval '{Interval}'.")]
    public static partial void TimerStarted(this ILogger logger, string function, TimeSpan interval);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedule status of '{Function}' cannot be {Action}: {Reason}")]
    public static partial void ScheduleStatusFailed(this ILogger logger, string function, string action, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The timer of '{Function}' failed: {Reason}")]
    public static partial void TimerFailed(this ILogger logger, string function, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Singleton lock acquired ({LockId})")]
    public static partial void LockAcquired(this ILogger logger, string lockId);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Unable to acquire Singleton lock ({LockId}): another instance runs this timer."
    )]
    public static partial void LockHeldElsewhere(this ILogger logger, string lockId);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "AzureWebJobsStorage: cannot reach storage at {Endpoint} ({Reason}). Timers wait for it."
    )]
    public static partial void StorageUnreachable(this ILogger logger, Uri endpoint, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "AzureWebJobsStorage: storage is available again.")]
    public static partial void StorageReached(this ILogger logger);

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "Cannot acquire Singleton lock {LockId} ({Reason}). The host tries again in {Delay}."
    )]
    public static partial void LockStorageFailed(this ILogger logger, string lockId, string reason, TimeSpan delay);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Singleton lock lost ({LockId}): {Reason} Its timer stops until the lock is acquired again."
    )]
    public static partial void LockLost(this ILogger logger, string lockId, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Singleton lock released ({LockId})")]
    public static partial void LockReleased(this ILogger logger, string lockId);
}
