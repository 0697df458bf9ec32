using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Health;

/// <summary>Looks at all components at once. It never waits longer than <see cref="Deadline"/>, whatever hangs.</summary>
/// <param name="probes">One for each component.</param>
/// <param name="time">The clock.</param>
public sealed class HealthChecks(IEnumerable<IHealthProbe> probes, TimeProvider time)
{
    /// <summary>How long a component may take to answer: longer than the client of Redis waits for a command.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    // Anybody may ask: however many do, the dependencies are asked so often.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly IHealthProbe[] probes = [.. probes];
    private readonly Lock turn = new();
    private Task<IReadOnlyList<HealthSample>>? last;
    private long lastStarted;

    /// <summary>Looks at all components, or takes what was seen within the last second.</summary>
    /// <returns>What there is to see.</returns>
    public Task<IReadOnlyList<HealthSample>> RecentAsync()
    {
        lock (turn)
        {
            if (last is null || (last.IsCompleted && time.GetElapsedTime(lastStarted) > Fresh))
            {
                lastStarted = time.GetTimestamp();
                last = LookAsync();
            }

            return last;
        }
    }

    /// <summary>Looks at all components.</summary>
    /// <returns>What there is to see.</returns>
    public async Task<IReadOnlyList<HealthSample>> LookAsync() => await Task.WhenAll(probes.Select(LookAsync));

    private async Task<HealthSample> LookAsync(IHealthProbe probe)
    {
        long started = time.GetTimestamp();
        using var deadline = new CancellationTokenSource(Deadline, time);
        HealthVerdict verdict;
        try
        {
            // On another thread: not even a client that blocks holds up the others. And not only by the token, which a client may not heed.
            verdict = await Task.Run(() => probe.LookAsync(deadline.Token), CancellationToken.None).WaitAsync(Deadline, time, CancellationToken.None);
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or TimeoutException or OperationCanceledException)
        {
            verdict = probe.Silence;
        }

        return new HealthSample(probe.Component, probe.IsEssential, verdict, time.GetElapsedTime(started));
    }
}
