namespace McpFunctions.Bench;

/// <summary>Stops what was started, the last first.</summary>
internal sealed class Disposables : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> all = new();

    /// <summary>Adds something to stop.</summary>
    public T Add<T>(T started)
        where T : IAsyncDisposable
    {
        all.Push(started);
        return started;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (all.TryPop(out IAsyncDisposable? last))
        {
            await last.DisposeAsync();
        }
    }
}
