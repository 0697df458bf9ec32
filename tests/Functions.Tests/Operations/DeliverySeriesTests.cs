using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Telemetry;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Operations;

public sealed class DeliverySeriesTests
{
    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task The_series_show_what_all_instances_did()
    {
        await using DeliveryHarness first = await DeliveryHarness.StartAsync();
        await using DeliveryHarness second = await first.StartAnotherAsync(TimeProvider.System);
        await first.RecoverUntilAsync(first.IsCaughtUpAsync);
        second.Consumers["audit"].Before = (_, _) => throw new InvalidOperationException("broken");
        foreach (DeliveryHarness instance in new[] { first, second })
        {
            DomainEvent uploaded = await instance.UploadAsync(user);
            foreach (string consumer in Subscriptions.Consumers)
            {
                await Record.ExceptionAsync(() => instance.DeliverAsync(consumer, uploaded));
                await instance.IdleAsync(consumer);
            }
        }

        // It must not be due during the test.
        StreamPendingMessageInfo failed = Assert.Single(await first.PendingAsync("audit"));
        await first.Database.ExecuteAsync(
            "XCLAIM", DeliveryHarness.Uploads, "audit", GatewayInstance.Failed, 0, failed.MessageId, "IDLE", 0, "RETRYCOUNT", JournalPump.MaxAttempts - 1, "JUSTID");
        await first.Recovery("audit").RecoverAsync(CancellationToken.None);
        first.Get<DeliverySums>().NoteHealth("redis", "degraded");

        // A pump counts what it has handled a moment after it has acknowledged it.
        SeriesResponse series = await Eventually.GetAsync(
            async () =>
            {
                await first.Get<DeliverySeries>().WriteAsync(CancellationToken.None);
                await second.Get<DeliverySeries>().WriteAsync(CancellationToken.None);
                return await second.Get<DeliverySeries>().ReadAsync(CancellationToken.None);
            },
            read => read.Consumers.Sum(each => each.Handled.Sum()) >= 5);

        Assert.Equal(2, series.Events.Sum());
        Assert.Equal([("audit", 1L), ("notifications", 2L), ("orchestrator", 2L)], series.Consumers.Select(each => (each.Name, each.Handled.Sum())));
        ConsumerSeries audit = series.Consumers[0];
        Assert.Equal((1L, 0L), (audit.Failed.Sum(), audit.Recovered.Sum()));
        Assert.Contains(audit.LatencyMedian, seconds => seconds > 0);
        Assert.Contains(audit.LatencyP99, seconds => seconds > 0);
        Assert.Contains(audit.Pending, pending => pending == 1);
        Assert.Contains(audit.Lag, lag => lag == 1);
        Assert.Contains(audit.LagSeconds, seconds => seconds > 0);
        Assert.Contains(audit.DeadLetters, count => count == 0);
        Assert.Equal([("redis", "degraded")], series.Health.Select(each => (each.Component, each.Status.Single(status => status is not null))));
        Assert.All(series.Consumers, each => Assert.Equal(DeliverySeries.Steps, each.Lag.Count));
    }

    [Fact]
    public async Task Steps_wait_while_Redis_is_down_and_come_when_it_is_back()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.Redis.StopAsync();
        harness.Get<DeliverySums>().Add(DeliverySums.Failed, "audit", 3);
        DeliverySeries series = harness.Get<DeliverySeries>();
        await Assert.ThrowsAsync<DependencyUnavailableException>(() => series.WriteAsync(CancellationToken.None));
        harness.Get<DeliverySums>().Add(DeliverySums.Failed, "audit", 4);
        await Assert.ThrowsAsync<DependencyUnavailableException>(() => series.ReadAsync(CancellationToken.None));

        await harness.Redis.StartAgainAsync(keepData: false);
        // Each write that fails keeps a step, and only some are kept.
        await Stores.PingAsync(harness.Get<RedisConnection>());
        await series.WriteAsync(CancellationToken.None);

        Assert.Equal(7, (await series.ReadAsync(CancellationToken.None)).Consumers[0].Failed.Sum());
    }

    [Theory]
    [InlineData(ProxyFault.RefuseIdentity)]
    [InlineData(ProxyFault.Refuse)]
    public async Task Whatever_storage_refuses_the_series_go_on(ProxyFault fault)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        DeliverySeries series = harness.Get<DeliverySeries>();
        await series.StartAsync(CancellationToken.None);
        int refused = 0;
        harness.Storage.Fault = request => request.Path.Value!.Contains("DeadLetters", StringComparison.Ordinal) && Interlocked.Increment(ref refused) > 0 ? fault : ProxyFault.None;
        await AdvanceUntilAsync(() => refused > 0);
        harness.Storage.Fault = _ => ProxyFault.None;

        await AdvanceUntilAsync(() =>
        {
            // Again and again: on a slow machine a step may be older than the series when it is written.
            harness.Get<DeliverySums>().Add(DeliverySums.Events, null, 1);
            return series.ReadAsync(CancellationToken.None).Result.Events.Sum() > 0;
        });

        await series.StopAsync(CancellationToken.None);

        Task AdvanceUntilAsync(Func<bool> condition) => Eventually.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return condition();
        });
    }

    [Fact]
    public async Task A_step_that_is_written_again_after_a_lost_reply_counts_once()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DeliverySeries series = harness.Get<DeliverySeries>();
        var sums = new DeliverySums();
        sums.Add(DeliverySums.Failed, "audit", 3);
        sums.AddLatency("audit", TimeSpan.FromSeconds(1));
        DeliverySums.Sums step = sums.Take();
        long number = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / (long)DeliverySeries.Step.TotalMilliseconds;
        List<bool> isSampler = [];
        foreach (string id in new[] { "one", "one", "other" })
        {
            isSampler.Add(await series.WriteAsync(number, id, step, CancellationToken.None));
        }

        Assert.Equal([true, true, false], isSampler);
        ConsumerSeries audit = (await series.ReadAsync(CancellationToken.None)).Consumers[0];
        Assert.Equal(6, audit.Failed.Sum());
        Assert.Contains(audit.LatencyMedian, seconds => seconds > 0.5);
    }

    [Fact]
    public async Task A_wiped_Redis_has_empty_series_and_the_next_step_comes_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DeliverySeries series = harness.Get<DeliverySeries>();
        harness.Get<DeliverySums>().Add(DeliverySums.Events, null, 5);
        await series.WriteAsync(CancellationToken.None);
        await harness.Database.ExecuteAsync("FLUSHALL");

        SeriesResponse empty = await series.ReadAsync(CancellationToken.None);

        Assert.Equal(Enumerable.Repeat(0L, DeliverySeries.Steps), empty.Events);
        Assert.All(empty.Consumers, each => Assert.All(each.Lag, Assert.Null));
        Assert.Empty(empty.Health);
        harness.Get<DeliverySums>().Add(DeliverySums.Events, null, 2);
        await series.WriteAsync(CancellationToken.None);
        Assert.Equal(2, (await series.ReadAsync(CancellationToken.None)).Events.Sum());
    }

    [Fact]
    public async Task What_only_a_replay_brought_counts_as_handled()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.UploadAsync(user);
        await harness.Database.ExecuteAsync("FLUSHALL");
        DeliverySeries series = harness.Get<DeliverySeries>();
        await harness.Get<ReplayJobs>().AddAsync("audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), ReplayJobs.Operator, CancellationToken.None);

        await harness.ReplayAsync("audit");
        await series.WriteAsync(CancellationToken.None);

        Assert.Equal(1, (await series.ReadAsync(CancellationToken.None)).Consumers[0].Handled.Sum());
    }

    [Theory]
    [InlineData(0.5, 0.02)]
    [InlineData(0.99, 3)]
    public void A_quantile_is_at_most_a_tenth_off(double quantile, double expected)
    {
        Dictionary<int, long> counts = [];
        foreach (double seconds in Enumerable.Repeat(0.02, 98).Concat([3, 3]))
        {
            int bucket = LatencyBuckets.Of(TimeSpan.FromSeconds(seconds));
            counts[bucket] = counts.GetValueOrDefault(bucket) + 1;
        }

        Assert.InRange(LatencyBuckets.Quantile(counts, quantile)!.Value, expected * 0.9, expected * 1.1);
    }
}
