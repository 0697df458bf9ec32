namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>A running worker. Disposal kills it.</summary>
internal interface IWorkerProcess : IAsyncDisposable
{
    /// <summary>Completes with the exit code.</summary>
    Task<int> Exited { get; }

    /// <summary>Records that the start succeeded and the worker takes invocations.</summary>
    void BecomeReady();
}
