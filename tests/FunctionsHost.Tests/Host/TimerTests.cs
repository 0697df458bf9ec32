using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using McpFunctions.Local.FunctionsHost;
using McpFunctions.Local.FunctionsProtocol;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class TimerTests(AzuriteFixture azurite)
{
    private readonly ConcurrentQueue<InvocationRequest> _fired = new();
    private readonly string _hostId = $"test-{Guid.NewGuid():N}"[..32];

    private Task<InvocationResponse> Record(ScriptedInvocation invocation)
    {
        _fired.Enqueue(invocation.Request);
        return Task.FromResult(ScriptedWorker.Done());
    }

    private TestApp App(params (string, string)[] settings) =>
        TestApp.With([("AzureWebJobsStorage", azurite.Server.ConnectionString), ("AzureFunctionsWebHost__hostid", _hostId), .. settings]);

    private static JsonElement InfoOf(InvocationRequest request) => JsonDocument.Parse(request.InputData[0].Data.Json).RootElement;

    private BlockBlobClient StatusOf(string function) =>
        azurite.HostBlobs.GetBlockBlobClient($"timers/{_hostId}/Host.Functions.{function}/status");

    private BlobLeaseClient LockOf(string function) =>
        azurite.HostBlobs.GetBlobClient($"locks/{_hostId}/Host.Functions.{function}.Listener").GetBlobLeaseClient();

    private async Task<JsonElement> ReadStatusAsync(string function) =>
        JsonDocument.Parse((await StatusOf(function).DownloadContentAsync()).Value.Content.ToString()).RootElement;

    private async Task WriteStatusAsync(string function, DateTimeOffset last, DateTimeOffset next)
    {
        await azurite.HostBlobs.CreateIfNotExistsAsync();
        var status = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Last = last,
                Next = next,
                LastUpdated = last,
            }
        );
        await StatusOf(function).UploadAsync(new MemoryStream(status));
    }

    /// <summary>Moves the clock from timer to timer until a condition holds.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="limit">The clock stays at the last timer up to here, so a slow run sees no later one.</param>
    private static Task AdvanceUntilAsync(FakeTime time, Func<bool> condition, DateTimeOffset? limit = null) =>
        Eventually.UntilAsync(() =>
        {
            if (condition())
                return true;
            if (time.NextTimer is { } next && !(next > limit))
                time.Advance(next > time.GetUtcNow() ? next - time.GetUtcNow() : TimeSpan.Zero);
            return false;
        });

    [Fact]
    public async Task A_timer_fires_at_its_time_and_gets_its_schedule()
    {
        var time = new FakeTime(new DateTimeOffset(2026, 11, 23, 9, 14, 50, TimeSpan.Zero));
        await using var host = await TestHost.StartAsync(new ScriptedWorker().Timer("Tick", "0 */5 * * * *", Record), App(), time);
        await Eventually.UntilAsync(async () => (await StatusOf("Tick").ExistsAsync()).Value);
        Assert.Empty(_fired);

        await AdvanceUntilAsync(time, () => !_fired.IsEmpty, new DateTimeOffset(2026, 11, 23, 9, 15, 0, TimeSpan.Zero));

        var request = _fired.First();
        Assert.Equal("timer", request.InputData[0].Name);
        Assert.Equal(
            """{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"0001-01-01T00:00:00+00:00","Next":"2026-11-23T09:15:00+00:00","LastUpdated":"2026-11-23T09:14:50+00:00"},"IsPastDue":false}""",
            request.InputData[0].Data.Json
        );
        await Eventually.UntilAsync(async () =>
            (await ReadStatusAsync("Tick")).GetProperty("Last").GetDateTimeOffset()
            == new DateTimeOffset(2026, 11, 23, 9, 15, 0, TimeSpan.Zero)
        );
        Assert.Equal(
            new DateTimeOffset(2026, 11, 23, 9, 20, 0, TimeSpan.Zero),
            (await ReadStatusAsync("Tick")).GetProperty("Next").GetDateTimeOffset()
        );
        Assert.Contains(host.Lines, line => line.Contains("Reason='Timer fired at 2026-11-23T09:15:00", StringComparison.Ordinal));
        Assert.Contains(host.Lines, line => line.Contains("will be: 2026-11-23T09:15:00, 2026-11-23T09:20:00, ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_time_that_passed_while_no_host_ran_is_made_up_for_once()
    {
        var last = new DateTimeOffset(2026, 11, 23, 3, 0, 0, TimeSpan.Zero);
        await WriteStatusAsync("Hourly", last, last.AddHours(1));
        var time = new FakeTime(last.AddHours(5.5));
        await using var host = await TestHost.StartAsync(new ScriptedWorker().Timer("Hourly", "0 0 * * * *", Record), App(), time);

        await Eventually.UntilAsync(() => !_fired.IsEmpty);

        Assert.True(InfoOf(_fired.First()).GetProperty("IsPastDue").GetBoolean());
        await Eventually.UntilAsync(async () =>
            (await ReadStatusAsync("Hourly")).GetProperty("Next").GetDateTimeOffset() == last.AddHours(6)
        );
        Assert.Single(_fired);
        Assert.Contains(
            host.Lines,
            line =>
                line.Contains(
                    "Trigger Details: UnscheduledInvocationReason: IsPastDue, OriginalSchedule: 2026-11-23T04:00:00",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public async Task A_schedule_that_was_changed_meanwhile_is_not_past_due()
    {
        var last = new DateTimeOffset(2026, 11, 23, 3, 0, 0, TimeSpan.Zero);
        await WriteStatusAsync("Changed", last, last.AddHours(1));
        var time = new FakeTime(last.AddHours(5.5));
        await using var host = await TestHost.StartAsync(new ScriptedWorker().Timer("Changed", "0 30 * * * *", Record), App(), time);

        await Eventually.UntilAsync(async () =>
            (await ReadStatusAsync("Changed")).GetProperty("Next").GetDateTimeOffset() == last.AddHours(6.5)
        );

        Assert.Empty(_fired);
    }

    [Fact]
    public async Task Run_on_startup_runs_when_the_host_starts_without_being_past_due()
    {
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("AtStart", "0 0 3 * * *", Record, runOnStartup: true),
            App(),
            new FakeTime()
        );

        await Eventually.UntilAsync(() => !_fired.IsEmpty);

        Assert.False(InfoOf(_fired.First()).GetProperty("IsPastDue").GetBoolean());
        Assert.Contains(host.Lines, line => line.Contains("UnscheduledInvocationReason: RunOnStartup", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("*/20 * * * * *", true)]
    [InlineData("00:00:20", true)]
    [InlineData("0 */5 * * * *", false)]
    public async Task Without_a_monitor_nothing_is_kept_and_the_status_is_null(string schedule, bool useMonitor)
    {
        var time = new FakeTime();
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Often", schedule, Record, useMonitor: useMonitor),
            App(),
            time
        );

        await AdvanceUntilAsync(time, () => _fired.Count >= 2);

        Assert.All(_fired, request => Assert.Equal(JsonValueKind.Null, InfoOf(request).GetProperty("ScheduleStatus").ValueKind));
        Assert.False(await StatusOf("Often").ExistsAsync());
    }

    [Fact]
    public async Task Runs_never_overlap_and_a_missed_run_follows_at_once()
    {
        var release = new TaskCompletionSource();
        var time = new FakeTime();
        var worker = new ScriptedWorker().Timer(
            "Slow",
            "*/10 * * * * *",
            async invocation =>
            {
                _fired.Enqueue(invocation.Request);
                if (_fired.Count == 1)
                    await release.Task;
                return ScriptedWorker.Done();
            }
        );
        await using var host = await TestHost.StartAsync(worker, App(), time);
        await AdvanceUntilAsync(time, () => !_fired.IsEmpty, time.Start.AddSeconds(10));

        time.Advance(TimeSpan.FromSeconds(35));
        Assert.Single(_fired);
        release.SetResult();
        await Eventually.UntilAsync(() => _fired.Count == 2);
        await host.UntilLineAsync("Executed 'Functions.Slow' (Succeeded");

        Assert.Equal(2, _fired.Count);
    }

    [Fact]
    public async Task A_run_that_fails_does_not_stop_the_schedule()
    {
        var time = new FakeTime();
        var worker = new ScriptedWorker().Timer(
            "Failing",
            "*/10 * * * * *",
            invocation =>
            {
                _fired.Enqueue(invocation.Request);
                return Task.FromResult(ScriptedWorker.Failure("Not today."));
            }
        );
        await using var host = await TestHost.StartAsync(worker, App(), time);

        await AdvanceUntilAsync(time, () => _fired.Count >= 3);
    }

    [Fact]
    public async Task A_retry_attribute_is_obeyed()
    {
        var time = new FakeTime();
        var worker = new ScriptedWorker().Timer(
            "Retried",
            "0 0 3 * * *",
            invocation =>
            {
                _fired.Enqueue(invocation.Request);
                return Task.FromResult(ScriptedWorker.Failure("Not yet."));
            },
            runOnStartup: true
        );
        worker.Functions[0].RetryOptions = new RpcRetryOptions
        {
            MaxRetryCount = 2,
            RetryStrategy = RpcRetryOptions.Types.RetryStrategy.FixedDelay,
            DelayInterval = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromSeconds(1)),
        };
        await using var host = await TestHost.StartAsync(worker, App(), time);

        await AdvanceUntilAsync(time, () => _fired.Count >= 3, time.Start.AddSeconds(20));

        Assert.Equal([0, 1, 2], _fired.Take(3).Select(request => request.RetryContext.RetryCount));
        Assert.All(_fired, request => Assert.Equal(2, request.RetryContext.MaxRetryCount));
        Assert.Contains(host.Lines, line => line.Contains("Next attempt: '1'. Max retry count: '2'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_schedule_can_be_a_setting()
    {
        var time = new FakeTime();
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Set", "%TheSchedule%", Record),
            App(("TheSchedule", "*/10 * * * * *")),
            time
        );

        await AdvanceUntilAsync(time, () => !_fired.IsEmpty);
    }

    [Fact]
    public async Task The_time_zone_of_the_settings_counts()
    {
        var time = new FakeTime(new DateTimeOffset(2026, 11, 23, 9, 15, 0, TimeSpan.Zero));
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Noon", "0 0 12 * * *", Record),
            App(("WEBSITE_TIME_ZONE", "Asia/Tokyo")),
            time
        );

        await host.UntilLineAsync("will be: 2026-11-24T12:00:00");
        await Eventually.UntilAsync(async () =>
            (await ReadStatusAsync("Noon")).GetProperty("Next").GetDateTimeOffset()
            == new DateTimeOffset(2026, 11, 24, 3, 0, 0, TimeSpan.Zero)
        );
    }

    [Theory]
    [InlineData("every day", "was not recognized as a valid cron expression")]
    [InlineData("%NotSet%", "'%NotSet%' does not resolve to a value.")]
    public async Task A_timer_whose_schedule_cannot_be_read_is_reported_and_the_others_run(string schedule, string reason)
    {
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Broken", schedule, Record).Timer("Fine", "0 0 3 * * *", Record, runOnStartup: true),
            App()
        );

        await Eventually.UntilAsync(() => !_fired.IsEmpty);
        Assert.Contains(
            host.Lines,
            line =>
                line.Contains($"The 'Broken' function is in error", StringComparison.Ordinal)
                && line.Contains(reason, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_timer_can_be_run_by_hand()
    {
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Nightly", "0 0 3 * * *", Record),
            App(),
            new FakeTime()
        );

        await host.Client.PostAsync("admin/functions/Nightly", new StringContent("{}", Encoding.UTF8, "application/json"));

        await Eventually.UntilAsync(() => !_fired.IsEmpty);
        Assert.False(InfoOf(_fired.First()).GetProperty("IsPastDue").GetBoolean());
    }

    [Fact]
    public async Task Without_storage_a_timer_stops_the_host_and_says_what_to_set()
    {
        await using var host = await TestHost.LaunchAsync(new ScriptedWorker().Timer("Nightly", "0 0 3 * * *", Record));

        var failure = await Assert.ThrowsAsync<StartupException>(() => host.Ran.WaitAsync(Eventually.DefaultDeadline));

        Assert.StartsWith("AzureWebJobsStorage is not set, and 'Nightly' needs it", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AzureWebJobsStorage does not allow an identity: ", "http://127.0.0.1:1/account")]
    [InlineData("AzureWebJobsStorage__blobServiceUri is not an address: ", "nowhere")]
    public async Task Storage_by_identity_that_is_not_right_stops_the_host_and_is_named(string problem, string address)
    {
        await using var host = await TestHost.LaunchAsync(
            new ScriptedWorker().Timer("Nightly", "0 0 3 * * *", Record),
            TestApp.With(("AzureWebJobsStorage__blobServiceUri", address), ("AzureWebJobsStorage__credential", "managedidentity"))
        );

        var failure = await Assert.ThrowsAsync<StartupException>(() => host.Ran.WaitAsync(Eventually.DefaultDeadline));

        Assert.StartsWith(problem, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_that_is_down_at_start_holds_up_only_the_timers_until_it_is_there()
    {
        await using var storage = await AzuriteServer.StartAsync();
        await storage.StopAsync();
        var time = new FakeTime();
        var worker = new ScriptedWorker()
            .Timer("Nightly", "0 0 3 * * *", Record, runOnStartup: true)
            .Timer("Morning", "0 0 6 * * *", Record, runOnStartup: true)
            .Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker, App(("AzureWebJobsStorage", storage.ConnectionString)), time);

        (await host.Client.GetAsync("api/fine")).EnsureSuccessStatusCode();
        await host.UntilLineAsync("cannot reach storage");
        Assert.Empty(_fired);
        await storage.StartAgainAsync();

        await AdvanceUntilAsync(time, () => _fired.Count >= 2);
        // One line in total, not one for each timer and each attempt.
        Assert.Single(host.Lines, line => line.Contains("cannot reach storage", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_instance_runs_the_timer_and_another_takes_over_when_it_stops()
    {
        var other = new ConcurrentQueue<InvocationRequest>();
        // Two clocks: the first instance's moves on and renews its lock, however long the second one takes to start.
        var (time, otherTime) = (new FakeTime(), new FakeTime());
        await using var first = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Shared", "0 0 3 * * *", Record, runOnStartup: true),
            App(),
            time
        );
        await Eventually.UntilAsync(() => !_fired.IsEmpty);
        var worker = new ScriptedWorker().Timer(
            "Shared",
            "0 0 3 * * *",
            invocation =>
            {
                other.Enqueue(invocation.Request);
                return Task.FromResult(ScriptedWorker.Done());
            },
            runOnStartup: true
        );
        var starting = TestHost.StartAsync(worker, App(), otherTime);
        await AdvanceUntilAsync(time, () => starting.IsCompleted);
        await using var second = await starting;
        await AdvanceUntilAsync(time, () => second.Lines.Any(line => line.Contains("another instance runs this timer", StringComparison.Ordinal)));
        Assert.Empty(other);

        await first.StopAsync();

        await AdvanceUntilAsync(otherTime, () => !other.IsEmpty);
    }

    [Fact]
    public async Task A_held_lock_is_renewed_before_it_runs_out()
    {
        // Storage counts a lease by its own clock, so the test counts the renewals that storage has received.
        await using var proxy = await StorageProxy.StartAsync(azurite.Server, isForBlobs: true);
        var renewals = 0;
        proxy.Responded = request =>
        {
            if (request.Headers["x-ms-lease-action"] == "renew")
                Interlocked.Increment(ref renewals);
        };
        var time = new FakeTime();
        var app = App(("AzureWebJobsStorage", proxy.ConnectionString)) with
        {
            HostJson = """{"version":"2.0","singleton":{"listenerLockPeriod":"00:01:00"}}""",
        };
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Kept", "0 0 3 * * *", Record, runOnStartup: true),
            app,
            time
        );
        await Eventually.UntilAsync(() => !_fired.IsEmpty);

        for (var expected = 1; expected <= 3; expected++)
            await AdvanceUntilAsync(time, () => Volatile.Read(ref renewals) >= expected, time.GetUtcNow().AddSeconds(59));

        Assert.DoesNotContain(host.Lines, line => line.Contains("Singleton lock lost", StringComparison.Ordinal));
        var refusal = await Assert.ThrowsAsync<Azure.RequestFailedException>(() => LockOf("Kept").AcquireAsync(TimeSpan.FromSeconds(15)));
        Assert.Equal(409, refusal.Status);
    }

    [Fact]
    public async Task A_lost_lock_stops_the_timer_until_the_host_has_it_again()
    {
        var time = new FakeTime();
        var hostJson =
            """{"version":"2.0","singleton":{"listenerLockPeriod":"00:00:15","listenerLockRecoveryPollingInterval":"00:00:15"}}""";
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Lost", "0 * * * * *", Record),
            App() with
            {
                HostJson = hostJson,
            },
            time
        );
        await Eventually.UntilAsync(async () => (await StatusOf("Lost").ExistsAsync()).Value);

        var thief = LockOf("Lost");
        await thief.BreakAsync(TimeSpan.Zero);
        await thief.AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration);
        await AdvanceUntilAsync(time, () => host.Lines.Any(line => line.Contains("Singleton lock lost", StringComparison.Ordinal)));
        await host.UntilLineAsync("another instance runs this timer");
        time.Advance(TimeSpan.FromSeconds(1));
        var before = _fired.Count;
        await thief.ReleaseAsync();

        await AdvanceUntilAsync(time, () => _fired.Count > before);
    }

    [Fact]
    public async Task The_lock_is_free_as_soon_as_the_host_has_stopped_and_names_its_owner_before()
    {
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Timer("Released", "0 0 3 * * *", Record, runOnStartup: true),
            App()
        );
        await Eventually.UntilAsync(() => !_fired.IsEmpty);
        var blob = azurite.HostBlobs.GetBlobClient($"locks/{_hostId}/Host.Functions.Released.Listener");
        Assert.Equal(LeaseState.Leased, (await blob.GetPropertiesAsync()).Value.LeaseState);
        Assert.NotEmpty((await blob.GetPropertiesAsync()).Value.Metadata["FunctionInstance"]);

        await host.StopAsync();

        Assert.Equal(LeaseState.Available, (await blob.GetPropertiesAsync()).Value.LeaseState);
    }
}
