namespace McpFunctions.SampleApp;

internal sealed class ScopeCounter
{
    private int _created;
    private int _disposed;

    public int Created => _created;

    public int Disposed => _disposed;

    public void Enter() => Interlocked.Increment(ref _created);

    public void Leave() => Interlocked.Increment(ref _disposed);
}
