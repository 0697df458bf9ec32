using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Health;

/// <summary>Checks all components in parallel, and never takes longer than <see cref="Deadline"/>.</summary>
/// <param name="probes">One for each component.</param>
/// <param name="time">The clock.</param>
public sealed class HealthChecks(IEnumerable<IHealthProbe> probes, TimeProvider time)
{
    /// <summary>The time for one component: longer than the Redis client waits for a command.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    // Anybody may request health, so limit how often the dependencies are checked.
    private static readonly TimeSpan CacheDuration = TimeSpan.FromSeconds(1);

    private readonly IHealthProbe[] probes = [.. probes];
    private readonly Lock turn = new();
    private Task<IReadOnlyList<HealthSample>>? last;
    private long lastStarted;

    /// <summary>Checks all components, or returns the results of the last second.</summary>
    public Task<IReadOnlyList<HealthSample>> RecentAsync()
    {
        lock (turn)
        {
            if (last is null || (last.IsCompleted && time.GetElapsedTime(lastStarted) > CacheDuration))
            {
                lastStarted = time.GetTimestamp();
                last = CheckAsync();
            }

            return last;
        }
    }

    /// <summary>Checks all components.</summary>
    public async Task<IReadOnlyList<HealthSample>> CheckAsync() => await Task.WhenAll(probes.Select(CheckAsync));

    private async Task<HealthSample> CheckAsync(IHealthProbe probe)
    {
        long started = time.GetTimestamp();
        using var deadline = new CancellationTokenSource(Deadline, time);
        HealthCheckResult result;
        try
        {
            // On another thread with its own deadline, since a client may block or ignore the token.
            result = await Task.Run(() => probe.CheckAsync(deadline.Token), CancellationToken.None).WaitAsync(Deadline, time, CancellationToken.None);
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or TimeoutException or OperationCanceledException)
        {
            result = probe.NoResponse;
        }

        return new HealthSample(probe.Component, probe.IsEssential, result, time.GetElapsedTime(started));
    }
}
