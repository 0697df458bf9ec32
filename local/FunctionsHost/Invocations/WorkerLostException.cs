namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The worker ended during an invocation. The function's progress is unknown.</summary>
internal sealed class WorkerLostException() : InvocationException("The worker process ended before it answered.");
