namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>A worker did not start.</summary>
internal sealed class WorkerStartException(string message) : Exception(message);
