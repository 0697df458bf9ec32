namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>The host's state.</summary>
internal sealed class HostLifecycle(TimeProvider time)
{
    private readonly long _created = time.GetTimestamp();
    private readonly TaskCompletionSource _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile HostState _state = HostState.Starting;

    public HostState State => _state;

    public string? LastError { get; private set; }

    public TimeSpan Uptime => time.GetElapsedTime(_created);

    public void Become(HostState state, string? error = null)
    {
        LastError = error;
        _state = state;
        if (state is not (HostState.Starting or HostState.Initialized))
            _decided.TrySetResult();
    }

    /// <summary>Waits while the host starts, at most for the timeout. Returns false if it does not run after that.</summary>
    public async Task<bool> CanInvokeAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_state is HostState.Starting or HostState.Initialized)
            await _decided.Task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _state is HostState.Running or HostState.Stopping;
    }
}
