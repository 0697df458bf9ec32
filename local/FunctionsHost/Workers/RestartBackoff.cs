namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The wait before the next worker: none after the first crash, then longer each time, until a worker runs stably.</summary>
internal sealed class RestartBackoff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Stable = TimeSpan.FromMinutes(1);

    private long _started;
    private TimeSpan _next = TimeSpan.Zero;

    public void WorkerStarted() => _started = time.GetTimestamp();

    public TimeSpan WorkerEnded()
    {
        if (time.GetElapsedTime(_started) >= Stable)
            _next = TimeSpan.Zero;

        var delay = _next;
        _next =
            delay == TimeSpan.Zero ? First
            : delay * 2 > Longest ? Longest
            : delay * 2;
        return delay;
    }
}
