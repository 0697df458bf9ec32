using System.Collections.Concurrent;
using System.Diagnostics;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Recovery;

/// <summary>Who may take over a pending entry, and when.</summary>
public sealed class ClaimTests
{
    private static readonly (string, string) NoDeadline = ("Delivery:HandlerDeadline", "01:00:00");

    private readonly string user = Guid.NewGuid().ToString();

    // The deadline of a handler is 10 s, the margin 5 s.
    [Theory]
    [InlineData("dead", 1, 0, false)]
    [InlineData("dead", 1, 5, true)]
    [InlineData("dead", 2, 5, false)]
    [InlineData("dead", 2, 10, true)]
    [InlineData("dead", 7, 315, false)]
    [InlineData("live", 1, 10, false)]
    [InlineData("live", 1, 15, true)]
    [InlineData("this", 3, 0, false)]
    [InlineData("this", 3, 5, true)]
    [InlineData("~failed", 0, 0, true)]
    [InlineData("~failed", 1, 0, false)]
    [InlineData("~failed", 1, 5, true)]
    [InlineData("~failed", 3, 15, false)]
    [InlineData("~failed", 3, 20, true)]
    [InlineData("~failed", 8, 595, false)]
    public async Task An_entry_is_claimed_when_its_owners_wait_is_over_and_not_before(string owner, int attempts, int idleSeconds, bool isClaimed)
    {
        // Redis measures the idle time. A try that was slow shows nothing, since the wait was over when recovery looked.
        bool isShown;
        do
        {
            isShown = await TryClaimAsync(owner, attempts, idleSeconds, isClaimed);
        }
        while (!isShown);
    }

    private async Task<bool> TryClaimAsync(string owner, int attempts, int idleSeconds, bool isClaimed)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:HandlerDeadline", "00:00:10"));
        using HarnessProcess other = harness.NewProcess();
        string name = owner switch { "live" => other.Instance.Name, "this" => harness.Get<GatewayInstance>().Name, _ => owner };
        DomainEvent uploaded = await harness.UploadAsync(user);
        var elapsed = Stopwatch.StartNew();
        await other.Live.SignAsync(CancellationToken.None);
        RedisValue id = await ReadAsAsync(harness, name, attempts, TimeSpan.FromSeconds(idleSeconds));

        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        if (!isClaimed && elapsed.Elapsed > TimeSpan.FromSeconds(4))
        {
            return false;
        }

        if (isClaimed)
        {
            await Eventually.UntilAsync(async () => (await harness.PendingAsync("audit")).Length == 0);
            Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        }
        else
        {
            Assert.Equal((id, name, attempts), await OnlyAsync(harness));
            Assert.Equal(0, harness.Consumers["audit"].Handled);
        }

        return true;
    }

    [Fact]
    public async Task An_entry_whose_owner_died_at_the_last_attempt_becomes_a_dead_letter_at_once()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await ReadAsAsync(harness, "dead", JournalPump.MaxAttempts, TimeSpan.Zero);

        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        await Eventually.UntilAsync(async () => (await harness.PendingAsync("audit")).Length == 0);
        DeadLetter letter = (await harness.Get<DeadLetters>().FindAsync("audit", uploaded.Id, CancellationToken.None))!;
        Assert.EndsWith(JournalPump.EndedTheProcess, Assert.Single(letter.History).Error, StringComparison.Ordinal);
        Assert.Equal(0, harness.Consumers["audit"].Handled);
    }

    [Fact]
    public async Task An_entry_in_work_is_not_claimed_by_its_own_process()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, NoDeadline);
        var canFinish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Consumers["audit"].Before = (_, _) => canFinish.Task;
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.DeliverAsync("audit", uploaded);
        await harness.EndWaitsAsync("audit");

        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        (_, string owner, int attempts) = await OnlyAsync(harness);
        Assert.Equal((harness.Get<GatewayInstance>().Name, 1), (owner, attempts));
        canFinish.SetResult();
        await Eventually.UntilAsync(async () => (await harness.PendingAsync("audit")).Length == 0);
        Assert.Equal(1, harness.Consumers["audit"].Handled);
    }

    [Fact]
    public async Task An_entry_whose_idle_time_stands_still_is_due_by_the_time_since_this_process_first_saw_it()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.UploadAsync(user);
        RedisValue id = await ReadAsAsync(harness, "dead", 1, TimeSpan.Zero);
        var elapsed = Stopwatch.StartNew();

        await Eventually.UntilAsync(async () =>
        {
            if (harness.Consumers["audit"].Handled == 0)
            {
                await SetAsync(harness, id, "dead", 1, TimeSpan.Zero);
            }

            await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
            return harness.Consumers["audit"].Handled == 1;
        });

        Assert.True(elapsed.Elapsed >= TimeSpan.FromSeconds(5), $"It was due after {elapsed.Elapsed}.");
    }

    [Fact]
    public async Task After_Redis_was_away_instances_have_time_to_sign_before_others_take_over()
    {
        // The clock stands still, so the time to sign does not end on a slow machine.
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(clock, NoDeadline);
        ConsumerRecovery recovery = harness.Recovery("audit");
        await harness.UploadAsync(user);
        long connections = harness.Get<PumpRedis>().Connection.Connections;
        await harness.Redis.StopAsync();
        await harness.Redis.StartAgainAsync();
        await Eventually.UntilAsync(async () =>
            harness.Get<PumpRedis>().Connection.Connections > connections && await harness.Database.PingAsync() > TimeSpan.Zero);
        // Long enough for each instance, dead or live.
        RedisValue id = await ReadAsAsync(harness, "not signed yet", 1, TimeSpan.FromHours(2));

        await recovery.RecoverAsync(CancellationToken.None);
        Assert.Equal((id, "not signed yet", 1), await OnlyAsync(harness));

        clock.Advance(LiveInstances.Lifetime);
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        Assert.Equal(1, harness.Consumers["audit"].Handled);
    }

    [Fact]
    public async Task After_Redis_was_away_each_instance_acknowledges_what_it_has_handled()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        using HarnessProcess other = harness.NewProcess();
        var consumer = new FlakyConsumer(harness.Consumers["audit"]) { Before = (_, _) => harness.Redis.StopAsync() };
        DomainEvent uploaded = await harness.UploadAsync(user);
        await other.DeliverAsync(consumer, uploaded);
        await other.Pumps.Of(consumer, uploaded.Type).IdleAsync().WaitAsync(Eventually.DefaultDeadline);
        await harness.Redis.StartAgainAsync();
        await Eventually.UntilAsync(async () => await harness.Database.PingAsync() > TimeSpan.Zero);
        (_, string owner, int attempts) = await OnlyAsync(harness);
        Assert.Equal((other.Instance.Name, 1), (owner, attempts));

        // No recovery: its timers run in one instance only.
        await other.Live.StartAsync(CancellationToken.None);
        await Eventually.UntilAsync(async () => (await harness.PendingAsync("audit")).Length == 0);
        await other.Live.StopAsync(CancellationToken.None);

        Assert.Equal(1, consumer.Handled);
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task An_isolated_event_that_hangs_leaves_time_for_replays_and_the_others_come_before_its_next_attempt()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(clock, ("Delivery:HandlerDeadline", "00:00:30"), ("Delivery:TickDeadline", "00:00:45"));
        FlakyConsumer audit = harness.Consumers["audit"];
        DomainEvent[] uploaded = new DomainEvent[3];
        for (int file = 0; file < uploaded.Length; file++)
        {
            uploaded[file] = await harness.UploadAsync(user, $"{file}");
            await ReadAsAsync(harness, "dead", ConsumerRecovery.IsolateAfterAttempts - 1, TimeSpan.FromHours(1));
        }

        ConcurrentQueue<string> handled = [];
        audit.Before = (each, token) =>
        {
            handled.Enqueue(each.Id);
            return each.Id == uploaded[0].Id && handled.Count == 1 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        };
        await harness.Get<ReplayJobs>().AddAsync("audit", null, clock.GetUtcNow().AddDays(-2), clock.GetUtcNow().AddDays(-1), "operator", CancellationToken.None);

        Task tick = harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        await Eventually.UntilAsync(() => handled.Count == 1);
        clock.Advance(TimeSpan.FromSeconds(30));
        await EndAsync(tick);
        Assert.Equal([uploaded[0].Id], handled);
        Assert.Equal(0, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 1, CancellationToken.None));

        await harness.EndWaitsAsync("audit");
        await EndAsync(harness.Recovery("audit").RecoverAsync(CancellationToken.None));
        Assert.Equal([uploaded[0].Id, uploaded[1].Id, uploaded[2].Id, uploaded[0].Id], handled);

        // The audit log waits a moment for more lines.
        async Task EndAsync(Task task)
        {
            await Eventually.UntilAsync(() =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(100));
                return task.IsCompleted;
            });
            await task;
        }
    }

    [Fact]
    public async Task The_late_failure_of_a_process_whose_entry_another_has_claimed_changes_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, NoDeadline);
        using HarnessProcess old = harness.NewProcess();
        var failing = new FlakyConsumer(harness.Consumers["audit"]);
        TaskCompletionSource canFail = new(TaskCreationOptions.RunContinuationsAsynchronously);
        failing.Before = (_, _) => canFail.Task;
        TaskCompletionSource canFinish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Consumers["audit"].Before = (_, _) => canFinish.Task;
        DomainEvent uploaded = await harness.UploadAsync(user);
        await old.DeliverAsync(failing, uploaded);
        await harness.EndWaitsAsync("audit");
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        (RedisValue id, string owner, int attempts) = await OnlyAsync(harness);
        Assert.Equal((harness.Get<GatewayInstance>().Name, 2), (owner, attempts));

        canFail.SetException(new InvalidOperationException("too late"));
        // Waits for what is in work.
        await old.Pumps.StopAsync(CancellationToken.None);
        Assert.Equal((id, owner, attempts), await OnlyAsync(harness));

        canFinish.SetResult();
        await Eventually.UntilAsync(async () => (await harness.PendingAsync("audit")).Length == 0);
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task The_late_failure_of_an_attempt_that_is_not_the_last_or_of_another_owner_changes_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.UploadAsync(user);
        string name = harness.Get<GatewayInstance>().Name;
        RedisValue id = await ReadAsAsync(harness, name, 2, TimeSpan.Zero);
        PairJournal journal = harness.Get<JournalPumps>().Of(harness.Consumers["audit"], EventTypes.FileUploaded).Journal;

        await journal.ReleaseAsync([(new PendingEntry(id, [], 1), 1)], CancellationToken.None);
        Assert.Equal((id, name, 2), await OnlyAsync(harness));
        // Another instance may have the same number of attempts, since an outage gives one back.
        await SetAsync(harness, id, "another", 2, TimeSpan.Zero);
        await journal.ReleaseAsync([(new PendingEntry(id, [], 2), 2)], CancellationToken.None);
        Assert.Equal((id, "another", 2), await OnlyAsync(harness));

        await SetAsync(harness, id, name, 2, TimeSpan.Zero);
        await journal.ReleaseAsync([(new PendingEntry(id, [], 2), 2)], CancellationToken.None);
        Assert.Equal((id, GatewayInstance.Failed, 2), await OnlyAsync(harness));
    }

    [Fact]
    public async Task An_instance_that_is_gone_is_forgotten_once_it_owns_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        using HarnessProcess live = harness.NewProcess();
        await harness.UploadAsync(user);
        // It must not be due during the test.
        await ReadAsAsync(harness, "gone and owner", JournalPump.MaxAttempts - 1, TimeSpan.Zero);
        foreach (string name in new[] { "gone", live.Instance.Name })
        {
            await harness.Database.ExecuteAsync("XGROUP", "CREATECONSUMER", DeliveryHarness.Uploads, "audit", name);
        }

        Stopwatch elapsed;
        do
        {
            elapsed = Stopwatch.StartNew();
            await live.Live.SignAsync(CancellationToken.None);
            await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        }
        while (elapsed.Elapsed > LiveInstances.Lifetime);

        string[] left = [.. (await harness.Database.StreamConsumerInfoAsync(DeliveryHarness.Uploads, "audit")).Select(each => each.Name)];
        Assert.Contains("gone and owner", left);
        Assert.Contains(live.Instance.Name, left);
        Assert.DoesNotContain("gone", left);
    }

    // Reads the only entry as an instance, and sets its number of attempts and its idle time.
    private static async Task<RedisValue> ReadAsAsync(DeliveryHarness harness, string owner, int attempts, TimeSpan idle)
    {
        RedisValue id = Assert.Single(await harness.Database.StreamReadGroupAsync(DeliveryHarness.Uploads, "audit", owner, ">")).Id;
        await SetAsync(harness, id, owner, attempts, idle);
        return id;
    }

    private static async Task SetAsync(DeliveryHarness harness, RedisValue id, string owner, int attempts, TimeSpan idle) => await harness.Database.ExecuteAsync(
        "XCLAIM", DeliveryHarness.Uploads, "audit", owner, 0, id, "IDLE", (long)idle.TotalMilliseconds, "RETRYCOUNT", attempts, "JUSTID");

    private static async Task<(RedisValue Id, string Owner, int Attempts)> OnlyAsync(DeliveryHarness harness)
    {
        StreamPendingMessageInfo entry = Assert.Single(await harness.PendingAsync("audit"));
        return (entry.MessageId, entry.ConsumerName!, entry.DeliveryCount);
    }
}
