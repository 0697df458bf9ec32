namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>There is no worker at the moment that could run the function.</summary>
internal sealed class WorkerUnavailableException() : InvocationException("No worker process is ready.");
