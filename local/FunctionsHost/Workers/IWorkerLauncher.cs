namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Starts workers: processes, or scripted workers in tests.</summary>
internal interface IWorkerLauncher
{
    /// <exception cref="StartupException">The worker's program does not exist.</exception>
    IWorkerProcess Start(WorkerArguments arguments);
}
