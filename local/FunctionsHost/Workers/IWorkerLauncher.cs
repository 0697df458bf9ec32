namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Starts workers: processes, and in tests scripted ones.</summary>
internal interface IWorkerLauncher
{
    /// <exception cref="StartupException">There is no such program.</exception>
    IWorkerProcess Start(WorkerArguments arguments);
}
