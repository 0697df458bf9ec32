namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>A worker did not come up.</summary>
internal sealed class WorkerStartException(string message) : Exception(message);
