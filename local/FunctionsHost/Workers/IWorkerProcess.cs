namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>A running worker; disposing it kills it.</summary>
internal interface IWorkerProcess : IAsyncDisposable
{
    /// <summary>Completes with the exit code.</summary>
    Task<int> Exited { get; }

    /// <summary>Notes that it takes invocations: its start did not fail.</summary>
    void BecomeReady();
}
