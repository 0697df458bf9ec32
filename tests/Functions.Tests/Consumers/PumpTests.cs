using System.Collections.Concurrent;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Consumers;

/// <summary>The doorbell and the batches that it brings.</summary>
public sealed class PumpTests
{
    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task Instances_share_the_events_of_a_channel_and_each_is_handled_once()
    {
        const int Count = 300;
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        using HarnessProcess one = harness.NewProcess();
        using HarnessProcess two = harness.NewProcess();
        (HarnessProcess Process, FlakyConsumer Consumer)[] instances =
            [(one, new FlakyConsumer(harness.Consumers["audit"])), (two, new FlakyConsumer(harness.Consumers["audit"]))];
        foreach ((HarnessProcess process, FlakyConsumer consumer) in instances)
        {
            await process.Live.SignAsync(CancellationToken.None);
            consumer.Before = (_, token) => Task.Delay(20, token);
        }

        ConcurrentBag<string> ids = [];
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (file, _) =>
        {
            DomainEvent uploaded = await harness.UploadAsync(user, $"{file}");
            ids.Add(uploaded.Id);
            // Each instance gets each message, now the one first and now the other.
            await Task.WhenAll((file % 2 == 0 ? instances : [instances[1], instances[0]]).Select(each => each.Process.DeliverAsync(each.Consumer, uploaded)));
        });
        await Eventually.UntilAsync(async () => await harness.GroupAsync("audit") is { Oldest.IsNull: true });

        Assert.Equal(Count, instances.Sum(each => each.Consumer.Handled));
        Assert.All(instances, each => Assert.True(each.Consumer.Handled > 0));
        Assert.Equal(ids.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.Equal(new GroupStatus(0, StackExchange.Redis.RedisValue.Null, 0, StackExchange.Redis.RedisValue.Null, 0), await harness.GroupAsync("audit"));
    }

    [Fact]
    public async Task Events_that_come_faster_than_they_are_handled_do_not_keep_recovery_from_its_other_duties()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent claimed = await harness.UploadAsync(user);
        await harness.Database.StreamReadGroupAsync(DeliveryHarness.Uploads, "audit", "dead", ">");
        await harness.EndWaitsAsync("audit");
        // More than handlers can take within the time that recovery reads: 512 at once, for half a second.
        await harness.AddToJournalAsync(Enumerable.Range(0, 8_000).Select(file => DeliveryHarness.Foreign("other", $"{file}")));
        harness.Consumers["audit"].Before = (handled, token) => handled.Id == claimed.Id ? Task.CompletedTask : Task.Delay(500, token);

        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        long unread = (await harness.GroupAsync("audit"))!.Unread;

        await Eventually.UntilAsync(async () => (await harness.AuditedAsync(user)).Contains(claimed.Id));
        Assert.InRange(unread, 1, 7_999);
    }

    [Fact]
    public async Task One_ring_brings_up_to_256_entries_and_the_next_one_the_others()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent[] events = [.. Enumerable.Range(0, 300).Select(file => DeliveryHarness.Foreign(user, $"{file}"))];
        await harness.AddToJournalAsync(events[1..]);

        await harness.DeliverAsync("audit", events[0]);
        Assert.Equal(44, (await harness.GroupAsync("audit"))!.Unread);
        await Eventually.UntilAsync(() => harness.Consumers["audit"].Handled == 256);

        await harness.DeliverAsync("audit", events[0]);
        await Eventually.UntilAsync(async () => await harness.GroupAsync("audit") is { Oldest.IsNull: true });
        Assert.Equal(300, harness.Consumers["audit"].Handled);
        Assert.Equal(events.Select(each => each.Id).Order(), (await harness.AuditedAsync(user)).Order());
    }

    [Fact]
    public async Task One_ring_reads_about_a_megabyte()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        for (int entry = 0; entry < 100; entry++)
        {
            await harness.Database.StreamAddAsync(DeliveryHarness.Uploads, "event", new string('x', 40_000));
        }

        await harness.DeliverAsync("audit", DeliveryHarness.Foreign(user));

        // A chunk has 64 entries.
        Assert.Equal(101 - 64, (await harness.GroupAsync("audit"))!.Unread);
    }

    [Fact]
    public async Task While_handlers_fill_the_window_rings_read_nothing_and_put_their_events_into_the_journal_and_recovery_claims_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:HandlerDeadline", "01:00:00"));
        FlakyConsumer audit = harness.Consumers["audit"];
        var canFinish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        audit.Before = (_, _) => canFinish.Task;
        DomainEvent[] events = [.. Enumerable.Range(0, 600).Select(file => DeliveryHarness.Foreign(user, $"{file}"))];
        await harness.AddToJournalAsync(events[3..]);
        foreach (DomainEvent filling in events[..2])
        {
            await harness.DeliverAsync("audit", filling);
        }

        await Eventually.UntilAsync(() => audit.Handled == 512);
        await harness.DeliverAsync("audit", events[2]);

        Assert.Equal((88L, 512), (await UnreadAsync(), audit.Handled));
        await harness.Database.StreamReadGroupAsync(DeliveryHarness.Uploads, "audit", "dead", ">", 40);
        await harness.EndWaitsAsync("audit");
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        Assert.Equal((48L, 512), (await UnreadAsync(), audit.Handled));
        canFinish.SetResult();
        await Eventually.UntilAsync(async () =>
        {
            await harness.DeliverAsync("audit", events[2]);
            return await UnreadAsync() == 0;
        });
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        Assert.Equal(600, audit.Handled);

        async Task<long> UnreadAsync() => (await harness.GroupAsync("audit"))!.Unread;
    }

    [Fact]
    public async Task A_handler_that_hangs_holds_up_neither_the_rings_behind_it_nor_the_others_of_its_batch()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(clock, ("Delivery:HandlerDeadline", "01:00:00"));
        DomainEvent hanging = DeliveryHarness.Foreign(user, "hanging");
        DomainEvent[] others = [.. Enumerable.Range(0, 5).Select(file => DeliveryHarness.Foreign(user, $"{file}"))];
        DomainEvent behind = DeliveryHarness.Foreign(user, "behind");
        var hangs = new TaskCompletionSource();
        harness.Consumers["audit"].Before = (handled, token) =>
        {
            if (handled.Id != hanging.Id)
            {
                return Task.CompletedTask;
            }

            hangs.TrySetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        await harness.AddToJournalAsync(others);

        Task ring = harness.DeliverAsync("audit", hanging);
        await hangs.Task.WaitAsync(Eventually.DefaultDeadline);
        // The ring waits a second for its event, not an hour.
        Assert.False(ring.IsCompleted);
        await AdvanceUntilAsync(() => Task.FromResult(ring.IsCompleted));
        await ring;
        Task next = harness.DeliverAsync("audit", behind);
        await AdvanceUntilAsync(() => Task.FromResult(next.IsCompleted));
        await next;
        await AdvanceUntilAsync(async () => (await harness.PendingAsync("audit")).Length == 1);

        Assert.Equal(others.Append(behind).Select(each => each.Id).Order(), (await harness.AuditedAsync(user)).Order());
        string owner = harness.Get<GatewayInstance>().Name;
        Assert.Equal((owner, 1), await OnlyAsync());
        // At its deadline the entry waits for its next attempt. The first timeout is an outage.
        clock.Advance(TimeSpan.FromHours(1));
        await Eventually.UntilAsync(async () => await OnlyAsync() == (GatewayInstance.Failed, 0));
        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 7);

        Task AdvanceUntilAsync(Func<Task<bool>> condition) => Eventually.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            return condition();
        });

        async Task<(string Owner, int Attempts)> OnlyAsync()
        {
            StreamPendingMessageInfo entry = Assert.Single(await harness.PendingAsync("audit"));
            return (entry.ConsumerName!, entry.DeliveryCount);
        }
    }

    [Fact]
    public async Task While_a_consumers_store_is_out_rings_read_nothing_and_put_their_events_into_the_journal_and_no_attempt_counts()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        FlakyConsumer audit = harness.Consumers["audit"];
        int probes = 0;
        audit.Before = (_, _) => throw new DependencyUnavailableException("storage", new TimeoutException());
        audit.Probe = () => Interlocked.Increment(ref probes) > 0 ? throw new DependencyUnavailableException("storage", new TimeoutException()) : Task.CompletedTask;
        List<DomainEvent> events = [DeliveryHarness.Foreign(user, "first")];
        await harness.FailAsync("audit", events[0]);

        await Eventually.UntilAsync(async () =>
        {
            DomainEvent next = DeliveryHarness.Foreign(user, $"{events.Count}");
            await harness.DeliverAsync("audit", next);
            events.Add(next);
            return probes >= 2;
        });

        Assert.Equal(1, audit.Handled);
        Assert.Equal(new GroupStatus(events.Count - 1, await IdAsync(1), 1, await IdAsync(0), 1), await harness.GroupAsync("audit"));
        Assert.Equal(0, Assert.Single(await harness.PendingAsync("audit")).DeliveryCount);
        audit.Before = (_, _) => Task.CompletedTask;
        audit.Probe = () => Task.CompletedTask;
        await Eventually.UntilAsync(async () =>
        {
            await harness.DeliverAsync("audit", events[^1]);
            return await harness.GroupAsync("audit") is { Unread: 0 };
        });
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        Assert.Equal(events.Count + 1, audit.Handled);
        Assert.Equal(events.Select(each => each.Id).Order(), (await harness.AuditedAsync(user)).Order());

        async Task<RedisValue> IdAsync(int index) => (await harness.Database.StreamRangeAsync(DeliveryHarness.Uploads))[index].Id;
    }

    [Fact]
    public async Task A_store_that_hangs_keeps_no_event_out_of_the_journal()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(clock);
        FlakyConsumer audit = harness.Consumers["audit"];
        audit.Before = (_, _) => throw new DependencyUnavailableException("storage", new TimeoutException());
        await harness.FailAsync("audit", DeliveryHarness.Foreign(user, "first"));
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource canAnswer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        audit.Before = (_, _) => Task.CompletedTask;
        audit.Probe = () =>
        {
            asked.TrySetResult();
            return canAnswer.Task;
        };
        clock.Advance(TimeSpan.FromSeconds(1));

        Task ring = harness.DeliverAsync("audit", DeliveryHarness.Foreign(user, "second"));
        await asked.Task.WaitAsync(Eventually.DefaultDeadline);
        await Eventually.UntilAsync(async () => await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads) == 2);
        Assert.Equal(1, (await harness.GroupAsync("audit"))!.Unread);

        canAnswer.SetResult();
        await ring;
        await Eventually.UntilAsync(async () => await harness.GroupAsync("audit") is { Unread: 0 });
        Assert.Equal(2, await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads));
    }

    [Fact]
    public async Task A_bug_while_an_entry_is_settled_keeps_no_slower_entry_of_its_batch_in_work()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        FlakyConsumer audit = harness.Consumers["audit"];
        using var pumps = ActivatorUtilities.CreateInstance<JournalPumps>(harness.Get<IServiceProvider>(), new ThrowingLogger());
        var canFinish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        audit.Before = (handled, _) => handled.Payload.Text("filename") == "slow" ? canFinish.Task : throw new InvalidOperationException("fails");
        await harness.AddToJournalAsync([DeliveryHarness.Foreign(user, "fails"), DeliveryHarness.Foreign(user, "slow")]);

        JournalPump pump = pumps.Of(audit, EventTypes.FileUploaded);
        Task drained = pump.DrainAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        await Eventually.UntilAsync(() => audit.Handled == 2);
        await drained;
        canFinish.SetResult();

        await pump.IdleAsync().WaitAsync(Eventually.DefaultDeadline);
        Assert.Single(await harness.PendingAsync("audit"));
    }

    [Fact]
    public async Task A_doorbell_leaves_a_group_that_is_gone_to_recovery_and_recovery_stores_the_replay_before_it_creates_the_group()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.UploadAsync(user, "handled");
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        int jobs = await harness.CountReplaysAsync();
        await harness.Database.StreamDeleteConsumerGroupAsync(DeliveryHarness.Uploads, "audit");

        await harness.DeliverAsync("audit", DeliveryHarness.Foreign(user, "foreign"));
        Assert.Null(await harness.GroupAsync("audit"));
        Assert.Equal(2, await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads));

        harness.Storage.Fault = request => StorageProxy.IsTransaction(request) && StorageProxy.Concerns(request, "Replays") ? ProxyFault.Refuse : ProxyFault.None;
        await Assert.ThrowsAnyAsync<Exception>(() => harness.Recovery("audit").RecoverAsync(CancellationToken.None));
        Assert.Null(await harness.GroupAsync("audit"));

        harness.Storage.Fault = _ => ProxyFault.None;
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        Assert.NotNull(await harness.GroupAsync("audit"));
        Assert.Equal(jobs + 2, await harness.CountReplaysAsync());
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        Assert.Equal(2, (await harness.AuditedAsync(user)).Count);
    }

    // Fails where the settlement logs a failed event.
    private sealed class ThrowingLogger : ILogger<JournalPump>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                throw new NotSupportedException("No log.");
            }
        }
    }
}
