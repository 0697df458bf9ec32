using McpFunctions.Domain.Health;
using McpFunctions.Functions.Hosting;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Health;

/// <summary>
/// Checks the health of the gateway when its timer fires, and by itself while storage is down. The timer needs a lease in
/// storage, so it would stop just when there is an outage to report.
/// </summary>
/// <param name="monitor">Runs the checks and publishes changes.</param>
/// <param name="time">The clock.</param>
/// <param name="sums">Keeps what operators see.</param>
/// <param name="logger">Logs changes of health.</param>
public sealed partial class HealthWatch(HealthMonitor monitor, TimeProvider time, DeliverySums sums, ILogger<HealthWatch> logger)
    : RestartingService(time, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Two checks in quick succession must not count as two.
    private static readonly TimeSpan Distance = Interval / 2;

    private readonly SemaphoreSlim checkAgain = new(0, 1);
    private readonly Dictionary<string, string> logged = [];
    private long? last;

    /// <summary>Checks all components and publishes changes.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        lock (logged)
        {
            if (last is { } before && Time.GetElapsedTime(before) < Distance)
            {
                return;
            }

            last = Time.GetTimestamp();
        }

        IReadOnlyList<HealthSample> samples = await monitor.CheckAsync(cancellationToken);
        Tell(samples);
        if (MustGoOn(samples) && checkAgain.CurrentCount == 0)
        {
            checkAgain.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        checkAgain.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await checkAgain.WaitAsync(stoppingToken);
            await Task.Delay(Interval, Time, stoppingToken);
            await CheckAsync(stoppingToken);
        }
    }

    private bool MustGoOn(IReadOnlyList<HealthSample> samples) =>
        monitor.HasUnpublished || samples.Any(sample => sample is { IsEssential: true, Result.Status: HealthStatus.Degraded });

    private void Tell(IReadOnlyList<HealthSample> samples)
    {
        lock (logged)
        {
            foreach (HealthSample sample in samples)
            {
                string before = logged.GetValueOrDefault(sample.Component, HealthStatus.Healthy);
                logged[sample.Component] = sample.Result.Status;
                sums.NoteHealth(sample.Component, sample.Result.Status);
                if (before != sample.Result.Status)
                {
                    LogSeen(sample.Component, sample.Result.Status, sample.Result.Detail is { } detail ? $" {detail}" : "");
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Component} is {Status}.{Detail}")]
    private partial void LogSeen(string component, string status, string detail);
}
