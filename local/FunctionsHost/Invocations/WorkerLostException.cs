namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The worker ended in the middle of an invocation; nobody knows how far the function came.</summary>
internal sealed class WorkerLostException() : InvocationException("The worker process ended before it answered.");
