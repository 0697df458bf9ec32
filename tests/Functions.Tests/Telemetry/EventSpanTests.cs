using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Telemetry;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Telemetry;

/// <summary>The spans and metrics of what the end-to-end test does not reach: the relay, replays, dead letters, idle timers.</summary>
[Collection(nameof(TelemetryTests))]
public sealed class EventSpanTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ConcurrentQueue<(string Name, object? Consumer, object? Destination, double Value)> measurements = new();
    private readonly ActivityListener listener;
    private readonly MeterListener meters = new();
    private readonly string user = Guid.NewGuid().ToString();

    public EventSpanTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == GatewaySource.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        meters.InstrumentPublished = (instrument, each) =>
        {
            if (instrument.Meter.Name == GatewaySource.Name)
            {
                each.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        meters.Start();
    }

    public void Dispose()
    {
        meters.Dispose();
        listener.Dispose();
    }

    [Fact]
    public async Task What_the_relay_publishes_late_is_in_the_trace_of_its_request_and_linked_to_the_run_of_the_timer()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.Redis.KillAsync();
        (DomainEvent uploaded, ActivityTraceId trace) = await UploadAsync(harness);
        await harness.Redis.StartAgainAsync(keepData: false);

        await Eventually.UntilAsync(async () =>
        {
            using TickSpan? tick = TickSpan.Begin("RelayEvents");
            try
            {
                await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            }
            catch (DependencyUnavailableException)
            {
                // The connection is not back yet.
            }

            return await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads) == 1;
        });

        Activity[] publishes = [.. spans.Where(span => span.TraceId == trace && span.OperationName == "publish events:file.uploaded")];
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], publishes.Select(span => span.Status));
        Assert.Equal("left_to_relay", publishes[0].GetTagItem("error.type"));
        Activity late = publishes[1];
        Assert.Equal(uploaded.Metadata.TraceParent, late.ParentId);
        Activity run = Single(span => span.SpanId == Assert.Single(late.Links).Context.SpanId);
        Assert.Equal("timer RelayEvents", run.OperationName);
        Assert.Equal(trace, Assert.Single(run.Links).Context.TraceId);
        Assert.True(run.Recorded);
        Assert.Contains(measurements, each => each.Name == "mcpfunctions.events.relayed" && each.Value == 1);
        Assert.Contains(measurements, each => each is { Name: "messaging.client.sent.messages", Destination: "events:file.uploaded" });
    }

    [Fact]
    public async Task A_run_of_a_timer_that_finds_nothing_leaves_no_span_and_one_that_fails_does()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        ActivityTraceId idle, failed;
        using (var invocation = new Activity("invocation").Start())
        {
            invocation.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
            idle = invocation.TraceId;
            using (TickSpan? tick = TickSpan.Begin("RecoverAudit"))
            {
                await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
            }

            Assert.False(invocation.Recorded);
        }

        Assert.Equal("timer RecoverAudit", Single(span => span.TraceId == idle).OperationName);
        Assert.False(Single(span => span.TraceId == idle).Recorded);

        using (var invocation = new Activity("invocation").Start())
        {
            invocation.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
            failed = invocation.TraceId;
            using TickSpan? tick = TickSpan.Begin("RecoverAudit");
            tick!.Fail(new InvalidOperationException("a message that no span holds"));
        }

        Activity run = Single(span => span.TraceId == failed);
        Assert.True(run.Recorded);
        Assert.Equal((ActivityStatusCode.Error, "System.InvalidOperationException", null), (run.Status, run.GetTagItem("error.type"), run.StatusDescription));
    }

    [Fact]
    public async Task A_replay_is_linked_to_the_traces_of_its_events_and_handles_them_in_these()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        (DomainEvent uploaded, ActivityTraceId trace) = await UploadAsync(harness);
        await harness.LogAsync(1);
        await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);

        using (TickSpan? tick = TickSpan.Begin("RecoverAudit"))
        {
            await harness.ReplayAsync("audit");
        }

        Activity replay = Single(span => span.OperationName == "replay audit" && span.Links.Any(link => link.Context.TraceId == trace));
        Assert.Equal("1", $"{replay.GetTagItem("messaging.batch.message_count")}");
        Activity run = Single(span => span.SpanId == replay.ParentSpanId);
        Assert.Contains(trace, run.Links.Select(link => link.Context.TraceId));
        Activity process = Single(span => span.TraceId == trace && span.OperationName == "process events:file.uploaded");
        Assert.Equal(uploaded.Metadata.TraceParent, process.ParentId);
        Assert.Equal(replay.SpanId, Assert.Single(process.Links).Context.SpanId);
        Assert.Contains(measurements, each => each is { Name: "mcpfunctions.events.replayed", Consumer: "audit", Destination: "events:file.uploaded", Value: 1 });
    }

    [Fact]
    public async Task A_failure_is_told_by_its_type_and_never_by_its_message()
    {
        const string Message = "a message that quotes the payload";
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        harness.Consumers["audit"].Before = (domainEvent, _) => throw new EventIdConflictException($"{domainEvent.Id} {Message}");
        (DomainEvent uploaded, ActivityTraceId trace) = await UploadAsync(harness);

        // A delivery does not wait for a slow failure.
        await Record.ExceptionAsync(() => harness.DeliverAsync("audit", uploaded));
        await harness.IdleAsync("audit");

        Activity process = Single(span => span.TraceId == trace && span.OperationName == "process events:file.uploaded");
        Assert.Equal((ActivityStatusCode.Error, typeof(EventIdConflictException).FullName), (process.Status, process.GetTagItem("error.type")));
        Assert.DoesNotContain(spans.SelectMany(span => span.TagObjects), tag => $"{tag.Value}".Contains(Message, StringComparison.Ordinal));
        Assert.All(spans, span => Assert.Null(span.StatusDescription));
        Assert.Contains(measurements, each => each is { Name: "mcpfunctions.events.dead_lettered", Consumer: "audit", Destination: "events:file.uploaded" });
    }

    [Fact]
    public async Task Lines_of_the_audit_log_that_share_a_transaction_are_linked_to_it()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(settings: ("Delivery:HourShards", "1"));
        List<(DomainEvent Event, ActivityTraceId Trace)> uploads = [];
        for (int number = 0; number < 20; number++)
        {
            uploads.Add(await UploadAsync(harness));
        }

        await Task.WhenAll(uploads.Select(upload => harness.HandleAsync("audit", upload.Event)));

        HashSet<ActivityTraceId> own = [.. uploads.Select(upload => upload.Trace)];
        // Tests that run at the same time commit too.
        Activity[] commits = [.. spans.Where(span => span.OperationName == "commit audit" && TracesOf(span).Any(own.Contains))];
        Assert.NotEmpty(commits);
        Assert.Subset(own, commits.SelectMany(TracesOf).ToHashSet());
        Assert.All(commits, commit => Assert.Contains(spans, span => span.ParentSpanId == commit.SpanId && span.OperationName == "transaction Audit"));
    }

    // Commits an upload in a trace of its own, as a request does.
    private async Task<(DomainEvent Event, ActivityTraceId Trace)> UploadAsync(DeliveryHarness harness)
    {
        using var request = new Activity("request").Start();
        request.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        return (await harness.UploadAsync(user), request.TraceId);
    }

    private static IEnumerable<ActivityTraceId> TracesOf(Activity span) => span.Links.Select(link => link.Context.TraceId).Prepend(span.TraceId);

    private Activity Single(Func<Activity, bool> condition) => Assert.Single(spans, span => condition(span));

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        object? consumer = null;
        object? destination = null;
        foreach ((string name, object? tag) in tags)
        {
            consumer = name == "messaging.consumer.group.name" ? tag : consumer;
            destination = name == "messaging.destination.name" ? tag : destination;
        }

        measurements.Enqueue((instrument.Name, consumer, destination, value));
    }
}
