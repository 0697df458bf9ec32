namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>A running worker; disposing it kills it.</summary>
internal interface IWorkerProcess : IAsyncDisposable
{
    /// <summary>Completes with the exit code.</summary>
    Task<int> Exited { get; }

    /// <summary>The end of what it wrote to its standard error.</summary>
    IReadOnlyList<string> LastErrors { get; }
}
