namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>No worker can run the function now.</summary>
internal sealed class WorkerUnavailableException() : InvocationException("No worker process is ready.");
