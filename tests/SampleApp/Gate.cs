namespace McpFunctions.SampleApp;

/// <summary>Lets one waiter pass for each call of <see cref="Open"/>.</summary>
internal sealed class Gate : IDisposable
{
    private readonly SemaphoreSlim _passes = new(0);

    public void Open() => _passes.Release();

    public Task PassAsync(CancellationToken cancellationToken) => _passes.WaitAsync(cancellationToken);

    public void Dispose() => _passes.Dispose();
}
