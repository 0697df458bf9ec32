namespace McpFunctions.SampleApp;

/// <summary>Lets one of those who wait go on for each time that it is opened.</summary>
internal sealed class Gate : IDisposable
{
    private readonly SemaphoreSlim _passes = new(0);

    public void Open() => _passes.Release();

    public Task PassAsync(CancellationToken cancellationToken) => _passes.WaitAsync(cancellationToken);

    public void Dispose() => _passes.Dispose();
}
