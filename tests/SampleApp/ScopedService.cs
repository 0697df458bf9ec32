namespace McpFunctions.SampleApp;

/// <summary>A service of one invocation; counts itself out when the invocation is over.</summary>
internal sealed class ScopedService : IDisposable
{
    private readonly ScopeCounter _counter;

    public ScopedService(ScopeCounter counter)
    {
        _counter = counter;
        _counter.Enter();
    }

    public Guid Id { get; } = Guid.NewGuid();

    public void Dispose() => _counter.Leave();
}
