using System.Diagnostics;
using CsCheck;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Health;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Domain.Tests.Health;

public sealed class HealthMonitorTests
{
    private static readonly HealthLimits s_limits = new(2, TimeSpan.FromMinutes(1));

    private static readonly string[] s_statuses = ["healthy", "degraded", "unknown"];

    private readonly FakeTimeProvider _time = new();
    private readonly StateInMemory _state = new();
    private readonly Probe _probe = new();

    [Fact]
    public async Task One_failed_check_is_no_change_and_two_are()
    {
        using var monitor = Monitor();
        await CheckAsync(monitor, "healthy", "healthy", "degraded", "healthy", "degraded");
        Assert.Empty(_state.Events);

        await CheckAsync(monitor, "degraded");

        var degraded = Assert.Single(_state.Events);
        Assert.Equal(EventTypes.SystemHealthDegraded, degraded.Type);
        Assert.Equal(
            """{"component":"thing","previous":"healthy","current":"degraded","detail":"It is broken."}""", degraded.Payload.GetRawText());
        Assert.Null(degraded.Metadata.UserId);
    }

    [Fact]
    public async Task A_state_lasts_for_the_dwell_time_before_it_changes_again()
    {
        using var monitor = Monitor();
        await CheckAsync(monitor, "degraded", "degraded", "healthy", "healthy", "healthy");
        Assert.Single(_state.Events);

        _time.Advance(TimeSpan.FromMinutes(1));
        await CheckAsync(monitor, "healthy");

        Assert.Equal([EventTypes.SystemHealthDegraded, EventTypes.SystemHealthRestored], _state.Events.Select(each => each.Type));
        Assert.Equal("""{"component":"thing","previous":"degraded","current":"healthy"}""", _state.Events[1].Payload.GetRawText());
    }

    [Fact]
    public async Task An_unknown_state_is_no_change()
    {
        using var monitor = Monitor();
        await CheckAsync(monitor, "degraded", "unknown", "unknown");
        Assert.Empty(_state.Events);

        await CheckAsync(monitor, "degraded");
        Assert.Single(_state.Events);
    }

    [Fact]
    public async Task Changes_while_storage_is_down_are_published_in_order_when_storage_is_back()
    {
        using var monitor = Monitor();
        _state.IsDown = true;
        await CheckAsync(monitor, "degraded", "degraded");
        var seen = Timestamps.Format(_time.GetUtcNow() - TimeSpan.FromSeconds(5));
        Assert.True(monitor.HasUnpublished);
        _time.Advance(TimeSpan.FromMinutes(5));
        await CheckAsync(monitor, "healthy", "healthy");
        Assert.Empty(_state.Events);

        _state.IsDown = false;
        await CheckAsync(monitor, "healthy");

        Assert.Equal([EventTypes.SystemHealthDegraded, EventTypes.SystemHealthRestored], _state.Events.Select(each => each.Type));
        Assert.Equal($"It is broken. Seen at {seen}; storage was down until now.", _state.Events[0].Payload.GetProperty("detail").GetString());
        Assert.True(_state.Events[0].Timestamp < _state.Events[1].Timestamp);
        Assert.False(monitor.HasUnpublished);
    }

    [Fact]
    public async Task A_check_ends_while_other_processes_never_stop_writing_and_the_next_one_publishes_the_change()
    {
        using var monitor = Monitor();
        await CheckAsync(monitor, "degraded");
        // Another process is always a little faster. It stops at last, so that a check without a bound ends too.
        string? etag = null;
        var tries = 0;
        _state.BeforeCommit = async _ =>
        {
            if (++tries > 10 * ConflictRetry.MaxTries)
            {
                return;
            }

            var hook = _state.BeforeCommit;
            _state.BeforeCommit = _ => Task.CompletedTask;
            var row = new HealthRow("thing", HealthStatus.Healthy, DateTimeOffset.MinValue, DateTimeOffset.MinValue);
            var other = new Transaction(StateKeys.System);
            await _state.TryWriteAsync(
                etag is null ? other.Insert(HealthRow.RowPrefix + "thing", row) : other.Replace(HealthRow.RowPrefix + "thing", row, etag), CancellationToken.None);
            etag = (await _state.FindAsync<HealthRow>(StateKeys.System, HealthRow.RowPrefix + "thing", CancellationToken.None))!.ETag;
            _state.BeforeCommit = hook;
        };

        await CheckAsync(monitor, "degraded");

        Assert.Equal(ConflictRetry.MaxTries, tries);
        Assert.Empty(_state.Events);
        Assert.True(monitor.HasUnpublished);

        _state.BeforeCommit = _ => Task.CompletedTask;
        await CheckAsync(monitor, "degraded");

        Assert.Equal(EventTypes.SystemHealthDegraded, Assert.Single(_state.Events).Type);
    }

    [Fact]
    public async Task A_new_process_continues_from_the_last_published_change()
    {
        using (var first = Monitor())
        {
            await CheckAsync(first, "degraded", "degraded");
        }
        using var second = Monitor();
        await CheckAsync(second, "degraded", "degraded", "degraded");
        Assert.Single(_state.Events);

        _time.Advance(TimeSpan.FromHours(1));
        using var third = Monitor();
        await CheckAsync(third, "healthy", "healthy");

        Assert.Equal(EventTypes.SystemHealthRestored, _state.Events[^1].Type);
    }

    [Fact]
    public async Task A_component_that_hangs_is_unhealthy_and_does_not_delay_the_others()
    {
        var hanging = new Probe { Hangs = true, Component = "hanging" };
        var checks = new HealthChecks([hanging, _probe], TimeProvider.System);

        var limit = TimeSpan.FromMinutes(5);
        var elapsed = Stopwatch.StartNew();
        IReadOnlyList<HealthSample> samples;
        do
        {
            samples = await checks.CheckAsync().WaitAsync(limit);
        }
        // On a slow machine, the other one may miss its deadline too.
        while (samples[1].Result.Status != HealthStatus.Healthy && elapsed.Elapsed < limit);

        Assert.Equal([HealthStatus.Degraded, HealthStatus.Healthy], samples.Select(sample => sample.Result.Status));
        hanging.Release();
    }

    [Fact]
    public void Each_change_is_published_once_however_many_processes_check_and_whenever_storage_is_down() =>
        // A step: the process that checks, the state that it sees, a number that decides whether storage is down, and the seconds that pass.
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2].Select(status => s_statuses[status]), Gen.Int[0, 9], Gen.Int[1, 40]).Array[1, 120].Sample(steps =>
        {
            var time = new FakeTimeProvider();
            var state = new StateInMemory();
            var probe = new Probe();
            HealthMonitor[] monitors = [.. Enumerable.Range(0, 3).Select(_ => new HealthMonitor(new HealthChecks([probe], time), state, state, s_limits, time))];
            foreach (var (process, saw, luck, seconds) in steps)
            {
                time.Advance(TimeSpan.FromSeconds(seconds));
                state.IsDown = luck == 0;
                probe.Sees = saw;
                // Sometimes all processes check at once and see the same change.
                var checks = luck == 1 ? monitors.Select(monitor => monitor.CheckAsync(CancellationToken.None)) : [monitors[process].CheckAsync(CancellationToken.None)];
                Task.WhenAll(checks).GetAwaiter().GetResult();
            }

            var published = state.Events.Select(each => each.Type).ToArray();
            Assert.All(published.Index(), each => Assert.Equal(each.Index % 2 == 0 ? EventTypes.SystemHealthDegraded : EventTypes.SystemHealthRestored, each.Item));
            Assert.Equal(state.Events.Select(each => each.Timestamp).Distinct().Order(), state.Events.Select(each => each.Timestamp));
        });

    private HealthMonitor Monitor() => new(new HealthChecks([_probe], _time), _state, _state, s_limits, _time);

    private async Task CheckAsync(HealthMonitor monitor, params string[] seen)
    {
        foreach (var each in seen)
        {
            _probe.Sees = each;
            await monitor.CheckAsync(CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(5));
        }
    }

    private sealed class Probe : IHealthProbe
    {
        private readonly TaskCompletionSource _released = new();

        public string Sees { get; set; } = "healthy";

        public bool Hangs { get; init; }

        public string Component { get; init; } = "thing";

        public bool IsEssential => true;

        public HealthCheckResult NoResponse { get; } = HealthCheckResult.Degraded("It does not answer.");

        public async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
        {
            if (Hangs)
            {
                await _released.Task;
            }
            return Sees switch { "healthy" => HealthCheckResult.Healthy, "degraded" => HealthCheckResult.Degraded("It is broken."), _ => HealthCheckResult.Unknown("Who knows.") };
        }

        public void Release() => _released.SetResult();
    }
}
