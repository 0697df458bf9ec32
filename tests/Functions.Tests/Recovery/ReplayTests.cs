using System.Collections.Concurrent;
using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Sessions;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.Functions.Timers;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Recovery;

public sealed class ReplayTests
{
    // For handlers that hang until the test ends, like those of a process that died.
    private static readonly (string, string) NoDeadline = ("Delivery:HandlerDeadline", "01:00:00");

    private static readonly Actor s_operator = new("00000000-0000-7000-8000-000000000001", "test");

    private static readonly IReadOnlyList<string> AuditTypes = Subscriptions.TypesOf("audit");

    private readonly string user = Guid.NewGuid().ToString();

    [Theory]
    [InlineData("maxmemory", 1)]
    [InlineData("min-replicas-to-write", 1)]
    public async Task A_Redis_that_refuses_writes_during_a_replay_makes_no_dead_letters(string setting, int value)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        await AskAsync(harness, "notifications");
        ReplayRunner replays = harness.Replays();
        Task<bool> RunAsync() => harness.ReplayAsync("notifications", replays);

        await harness.Multiplexer.GetServers()[0].ConfigSetAsync(setting, value);
        await Assert.ThrowsAsync<DependencyUnavailableException>(RunAsync);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));

        await harness.Multiplexer.GetServers()[0].ConfigSetAsync(setting, 0);
        Assert.False(await RunAsync());
        Assert.Equal([uploaded.Id], await harness.NotifiedAsync(user, rebuild: false));
    }

    [Fact]
    public async Task A_replay_has_every_event_of_its_range_handled_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        List<string> ids = [];
        for (int file = 0; file < 20; file++)
        {
            ids.Add((await harness.UploadAsync(user, $"{file}")).Id);
        }

        await LogAsync(harness, ids.Count);
        ReplayJob job = await AskAsync(harness, "audit", EventTypes.FileUploaded);

        await harness.ReplayAsync("audit");

        ReplayJob done = await FindAsync(harness, job);
        Assert.Equal(("done", 20, 20, 0), (done.Status, done.Matched, done.Delivered, done.Failed));
        Assert.Equal(ids.Order(), (await harness.AuditedAsync(user)).Order());
    }

    [Fact]
    public async Task Rows_that_no_longer_hold_their_event_are_dead_letters_of_the_replay()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent other = await harness.UploadAsync(user, "other.txt");
        byte[][] bodies = ["{"u8.ToArray(), "{"u8.ToArray(), EventParser.Write(other)];
        List<string> spoilt = [];
        foreach (byte[] _ in bodies)
        {
            spoilt.Add((await harness.UploadAsync(user, "spoilt.txt")).Id);
        }

        await LogAsync(harness, 1 + spoilt.Count);
        TableClient gateway = await harness.Get<StorageTables>().GetAsync(StorageTables.Gateway, CancellationToken.None);
        foreach ((string id, byte[] body) in spoilt.Zip(bodies))
        {
            await gateway.UpsertEntityAsync(
                new TableEntity(StateKeys.User(user), $"event:{id}") { ["Kind"] = "event", ["Body"] = body }, TableUpdateMode.Replace);
        }

        ReplayJob job = await AskAsync(harness, "audit");

        await harness.ReplayAsync("audit");

        ReplayJob done = await FindAsync(harness, job);
        Assert.Equal(("done", 4, 1, 3), (done.Status, done.Matched, done.Delivered, done.Failed));
        Assert.Equal([other.Id], await harness.AuditedAsync(user));
        IReadOnlyList<DeadLetter> letters = (await harness.Get<DeadLetters>().ListAsync("audit", null, new PageRequest(10, null), CancellationToken.None)).Value.Items;
        Assert.Equal(spoilt.Order(), letters.Select(letter => letter.Id));
        Assert.Equal("{", letters.Single(letter => letter.Id == spoilt[0]).Raw);
    }

    [Fact]
    public async Task An_event_of_a_replay_that_ends_the_process_each_time_ends_in_the_dead_letters_and_the_others_are_handled()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, NoDeadline);
        List<DomainEvent> events = [];
        for (int file = 0; file < 5; file++)
        {
            events.Add(await harness.UploadAsync(user, $"{file}"));
        }

        await LogAsync(harness, events.Count);
        ReplayJob job = await AskAsync(harness, "audit");
        DomainEvent deadly = events[2];
        int deaths = 0;
        // Simulates a process that dies: it does nothing after this event.
        harness.Consumers["audit"].Before = (domainEvent, _) => domainEvent.Id == deadly.Id && Interlocked.Increment(ref deaths) > 0
            ? Task.Delay(Timeout.Infinite, CancellationToken.None)
            : Task.CompletedTask;
        for (int process = 1; process <= JournalPump.MaxAttempts; process++)
        {
            _ = harness.ReplayAsync("audit", harness.Replays());
            await Eventually.UntilAsync(() => Volatile.Read(ref deaths) == process);
        }

        Assert.False(await harness.ReplayAsync("audit", harness.Replays()));

        Assert.Equal(JournalPump.MaxAttempts, deaths);
        Assert.Equal(JournalPump.MaxAttempts, (await harness.Get<DeadLetters>().FindAsync("audit", deadly.Id, CancellationToken.None))!.Attempts);
        Assert.Equal(events.Except([deadly]).Select(each => each.Id).Order(), (await harness.AuditedAsync(user)).Order());
        ReplayJob done = await FindAsync(harness, job);
        Assert.Equal(("done", 5, 4, 1), (done.Status, done.Matched, done.Delivered, done.Failed));
    }

    [Fact]
    public async Task A_replay_that_an_outage_interrupts_goes_on_where_it_was_however_often()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        ReplayJob job = await AskAsync(harness, "audit");
        harness.Consumers["audit"].Before = (_, _) => throw new DependencyUnavailableException("redis", new TimeoutException());
        for (int outage = 0; outage < 2 * JournalPump.MaxAttempts; outage++)
        {
            // A new process each time, which remembers no earlier attempt.
            await Assert.ThrowsAsync<DependencyUnavailableException>(
                () => harness.ReplayAsync("audit", harness.Replays()));
        }

        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await harness.ReplayAsync("audit");

        Assert.Equal(1, (await FindAsync(harness, job)).Delivered);
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_replay_whose_count_of_attempts_storage_does_not_confirm_gives_up_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        await AskAsync(harness, "audit");
        ReplayRunner replays = harness.Replays();
        harness.Storage.Fault = request => IsWrite(request) ? ProxyFault.LoseResponse : ProxyFault.None;
        for (int outage = 0; outage < 2 * JournalPump.MaxAttempts; outage++)
        {
            try
            {
                await harness.ReplayAsync("audit", replays);
            }
            catch (DependencyUnavailableException)
            {
                // Some runs do not throw: they take their own first try for a write of another instance.
            }
        }

        Assert.Equal(0, harness.Consumers["audit"].Handled);
        harness.Storage.Fault = _ => ProxyFault.None;
        await harness.ReplayAsync("audit", replays);

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_replay_whose_time_is_up_in_the_middle_of_a_page_goes_on_by_shorter_ones()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        const int AtOnce = Transaction.MaxOperations;
        for (int file = 0; file < AtOnce + 20; file++)
        {
            await harness.UploadAsync(user, $"{file}");
        }

        await LogAsync(harness, AtOnce + 20);
        ReplayJob job = await AskAsync(harness, "audit");
        ReplayRunner replays = harness.Replays();
        List<long> delivered = [];
        for (int tick = 0; tick < 2; tick++)
        {
            using var deadline = new CancellationTokenSource();
            int handled = 0;
            harness.Consumers["audit"].Before = async (_, token) =>
            {
                if (Interlocked.Increment(ref handled) > AtOnce)
                {
                    await deadline.CancelAsync();
                    await Task.Delay(Timeout.Infinite, token);
                }
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.ReplayAsync("audit", replays, cancellationToken: deadline.Token));
            delivered.Add((await FindAsync(harness, job)).Delivered);
        }

        Assert.Equal([0, AtOnce], delivered);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_consumer_whose_store_stands_still_during_a_replay_loses_nothing_to_the_dead_letters()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(clock, ("Delivery:HandlerDeadline", "00:00:01"), ("StorageTimeout", "00:00:20"));
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        await AskAsync(harness, "audit");
        ReplayRunner replays = harness.Replays();
        // Storage hangs only after the event has started, so the run cannot notice it earlier.
        harness.Consumers["audit"].Before = (_, _) =>
        {
            harness.Storage.Fault = request => StorageProxy.Concerns(request, "Audit") ? ProxyFault.Hold : ProxyFault.None;
            return Task.CompletedTask;
        };

        Task replay = harness.ReplayAsync("audit", replays);
        await Eventually.UntilAsync(() => harness.Storage.Held > 0);
        clock.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<DependencyUnavailableException>(() => replay);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        harness.Storage.Fault = _ => ProxyFault.None;
        await harness.ReplayAsync("audit", replays);

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task A_long_replay_does_not_keep_what_happens_now_waiting()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent first = await harness.UploadAsync(user, "first");
        // Puts more than a page between the two events.
        await FillPageAsync(harness);
        DomainEvent last = await harness.UploadAsync(user, "last");
        await harness.RecoverUntilAsync(harness.IsCaughtUpAsync);
        await LogAsync(harness, EventLog.PageSize + 2);
        await AskAsync(harness, "audit");
        ConcurrentQueue<string> handled = [];
        DomainEvent? live = null;
        harness.Consumers["audit"].Before = async (domainEvent, _) =>
        {
            handled.Enqueue(domainEvent.Id);
            if (domainEvent.Id == first.Id && live is null)
            {
                live = await harness.UploadAsync(user, "live");
            }
        };
        ConsumerRecovery recovery = harness.Recovery("audit");
        Assert.InRange(recovery.ReplaySlice, TimeSpan.Zero, TickSchedule.Interval);
        // Each page takes longer than this.
        recovery.ReplaySlice = TimeSpan.Zero;

        await recovery.RecoverAsync(CancellationToken.None);

        Assert.Equal([first.Id, live!.Id, last.Id], handled);
    }

    [Fact]
    public async Task A_loss_joins_a_job_that_has_not_begun_and_starts_a_little_earlier_and_no_other()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        ReplayJobs jobs = harness.Get<ReplayJobs>();
        DateTimeOffset now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow);
        DateTimeOffset end = now.AddHours(2);
        await CoverAsync(-5, end);
        OpenReplay asRead = (await jobs.NextAsync("audit", AuditTypes, CancellationToken.None))!;

        await CoverAsync(-4, end.AddMinutes(1));
        OpenReplay extended = (await jobs.NextAsync("audit", AuditTypes, CancellationToken.None))!;
        ReplayJob job = extended.Job;
        Assert.Equal((1, asRead.Job.Id, now.AddMinutes(-5), end.AddMinutes(1)), (await CountAsync(), job.Id, job.From, job.To));
        await CoverAsync(-4, end);
        Assert.Equal(1, await CountAsync());
        OpenReplay latest = (await jobs.NextAsync("audit", AuditTypes, CancellationToken.None))!;
        // The job has changed since this read, so the write fails and the process must read the job again.
        Assert.Null(await jobs.TryWriteAsync([extended.Types[0] with { Attempts = 1 }], CancellationToken.None));

        await CoverAsync(-4, end, ReplayJobs.JournalLoss + "trimmed");
        Assert.Equal(2, await CountAsync());
        await CoverAsync(-4, now.AddMinutes(-1));
        Assert.Equal(3, await CountAsync());
        await CoverAsync(-600, end);
        Assert.Equal(4, await CountAsync());
        Assert.Equal(now.AddMinutes(-5), (await FindAsync(harness, job)).From);

        // An app has begun with one of the types.
        Assert.NotNull(await jobs.TryWriteAsync([latest.Types[0] with { Attempts = 1 }], CancellationToken.None));
        await CoverAsync(-4, end);
        Assert.Equal(5, await CountAsync());
        await CoverAsync(-3, end);
        Assert.Equal(5, await CountAsync());

        Task CoverAsync(int minutes, DateTimeOffset to, string reason = ReplayJobs.RedisLoss) =>
            jobs.CoverAsync("audit", AuditTypes, now.AddMinutes(minutes), to, reason, CancellationToken.None);

        Task<int> CountAsync() => jobs.CountOpenAsync("audit", 10, CancellationToken.None);
    }

    [Fact]
    public async Task What_was_lost_just_now_is_replayed_before_an_older_job_goes_on()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        ReplayJobs jobs = harness.Get<ReplayJobs>();
        ReplayJob old = await jobs.AddAsync("audit", null, now.AddDays(-90), now, "operator", CancellationToken.None);
        ReplayJob recent = await jobs.AddAsync("audit", null, now.AddMinutes(-1), now, ReplayJobs.RedisLoss, CancellationToken.None);

        Assert.Equal(recent.Id, (await jobs.NextAsync("audit", AuditTypes, CancellationToken.None))!.Job.Id);
        await harness.Get<ReplayRunner>().RunAsync(harness.Consumers["audit"], AuditTypes, TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(old.Id, (await jobs.NextAsync("audit", AuditTypes, CancellationToken.None))!.Job.Id);
    }

    [Fact]
    public async Task Apps_with_different_types_each_replay_their_own_and_the_job_is_done_when_both_have()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent upload = await harness.UploadAsync(user);
        DomainEvent login = await LogInAsync(harness);
        ReplayJob job = await AskAsync(harness, "audit");
        ConcurrentQueue<string> handled = RecordHandled(harness);

        Assert.False(await harness.ReplayAsync("audit", harness.Replays(), [EventTypes.FileUploaded]));
        Assert.Equal([upload.Id], handled);
        ReplayJob half = await FindAsync(harness, job);
        Assert.Equal(("running", 1, 1), (half.Status, half.Matched, half.Delivered));
        Assert.Equal(1, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 10, CancellationToken.None));

        Assert.False(await harness.ReplayAsync("audit", harness.Replays(), [.. AuditTypes.Except([EventTypes.FileUploaded])]));
        Assert.Equal([upload.Id, login.Id], handled);
        ReplayJob done = await FindAsync(harness, job);
        Assert.Equal(("done", 2, 2, 0), (done.Status, done.Matched, done.Delivered, done.Failed));
        Assert.Equal(0, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 10, CancellationToken.None));
    }

    [Fact]
    public async Task Apps_that_replay_different_types_at_the_same_time_do_not_disturb_each_other()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent upload = await harness.UploadAsync(user);
        DomainEvent login = await LogInAsync(harness);
        ReplayJob job = await AskAsync(harness, "audit");
        bool isOtherDone = false;
        // The second app begins and ends in the middle of the first app's page.
        harness.Consumers["audit"].Before = async (domainEvent, _) =>
        {
            if (domainEvent.Id == upload.Id)
            {
                await harness.ReplayAsync("audit", harness.Replays(), [EventTypes.AuthLogin], CancellationToken.None);
                isOtherDone = true;
            }
        };

        Assert.False(await harness.ReplayAsync("audit", harness.Replays(), [.. AuditTypes.Except([EventTypes.AuthLogin])]));

        Assert.True(isOtherDone);
        ReplayJob done = await FindAsync(harness, job);
        Assert.Equal(("done", 2, 2), (done.Status, done.Matched, done.Delivered));
        Assert.Equal(2, harness.Consumers["audit"].Handled);
        Assert.Equal(new[] { upload.Id, login.Id }.Order(), (await harness.AuditedAsync(user)).Order());
    }

    [Fact]
    public async Task A_type_that_no_app_has_enabled_keeps_its_job_open_and_holds_up_no_other_job()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent upload = await harness.UploadAsync(user);
        await LogInAsync(harness);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        // Without the enabled types, this job would be the first, since it starts latest.
        ReplayJob waiting = await harness.Get<ReplayJobs>().AddAsync("audit", [EventTypes.AuthLogin], now.AddMinutes(-1), now.AddHours(1), "operator", CancellationToken.None);
        ReplayJob other = await AskAsync(harness, "audit", EventTypes.FileUploaded, EventTypes.AuthLogin);
        ReplayJob third = await AskAsync(harness, "audit", EventTypes.FileUploaded);

        for (int tick = 0; tick < 2; tick++)
        {
            Assert.False(await harness.ReplayAsync("audit", harness.Replays(), [EventTypes.FileUploaded]));
        }

        Assert.Equal(
            [("running", 0), ("running", 1), ("done", 1)],
            new[] { await FindAsync(harness, waiting), await FindAsync(harness, other), await FindAsync(harness, third) }.Select(job => (job.Status, (int)job.Matched)));
        Assert.Equal(2, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 10, CancellationToken.None));
        Assert.Equal([upload.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task Types_at_the_same_place_share_one_walk_and_one_that_is_behind_joins_them()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.UploadAsync(user, "first");
        await LogInAsync(harness);
        await LogAsync(harness, 2);
        await FillPageAsync(harness);
        await harness.UploadAsync(user, "last");
        await LogInAsync(harness);
        await LogAsync(harness, EventLog.PageSize + 4);
        int reads = 0;
        int writes = 0;
        harness.Storage.Fault = request =>
        {
            reads += HttpMethods.IsGet(request.Method) && StorageProxy.Concerns(request, "Log(") ? 1 : 0;
            writes += IsWrite(request) ? 1 : 0;
            return ProxyFault.None;
        };
        ReplayJob together = await AskAsync(harness, "audit");

        await harness.ReplayAsync("audit", harness.Replays());
        // Two pages from one response of storage, each with an attempt and a result; and the new job.
        Assert.Equal((1, 5), (reads, writes));
        Assert.Equal(("done", 4), ((await FindAsync(harness, together)).Status, (int)(await FindAsync(harness, together)).Matched));

        (reads, writes) = (0, 0);
        ReplayJob apart = await AskAsync(harness, "audit");
        await harness.Replays().RunAsync(harness.Consumers["audit"], [EventTypes.FileUploaded], TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(1, (await FindAsync(harness, apart)).Matched);
        await harness.ReplayAsync("audit", harness.Replays());
        // One read for each run.
        Assert.Equal((2, 7), (reads, writes));
        ReplayJob done = await FindAsync(harness, apart);
        Assert.Equal(("done", 4, 4), (done.Status, done.Matched, done.Delivered));
        Assert.Equal(8, harness.Consumers["audit"].Handled);
    }

    [Fact]
    public async Task A_replay_that_ends_in_the_middle_of_a_page_repeats_that_page_only()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, NoDeadline);
        DomainEvent first = await harness.UploadAsync(user, "first");
        await LogAsync(harness, 1);
        await FillPageAsync(harness);
        DomainEvent second = await harness.UploadAsync(user, "second");
        DomainEvent last = await LogInAsync(harness);
        await LogAsync(harness, EventLog.PageSize + 3);
        ReplayJob job = await AskAsync(harness, "audit");
        ConcurrentQueue<string> handled = [];
        var isHandled = new TaskCompletionSource();
        // The process dies at its last event, after the others of the page.
        harness.Consumers["audit"].Before = async (domainEvent, _) =>
        {
            if (domainEvent.Id == last.Id)
            {
                await Eventually.UntilAsync(() => handled.Contains(second.Id));
                isHandled.TrySetResult();
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
            }

            handled.Enqueue(domainEvent.Id);
        };
        Task replay = harness.ReplayAsync("audit", harness.Replays());
        await await Task.WhenAny(isHandled.Task, replay).WaitAsync(Eventually.DefaultDeadline);
        Assert.Equal([first.Id, second.Id], handled);

        ConcurrentQueue<string> repeated = RecordHandled(harness);
        Assert.False(await harness.ReplayAsync("audit", harness.Replays()));

        Assert.Equal(new[] { second.Id, last.Id }.Order(), repeated.Order());
        ReplayJob done = await FindAsync(harness, job);
        Assert.Equal(("done", 3, 3), (done.Status, done.Matched, done.Delivered));
        Assert.Equal(new[] { first.Id, second.Id, last.Id }.Order(), (await harness.AuditedAsync(user)).Order());
    }

    [Fact]
    public async Task An_instance_stops_when_another_one_works_on_the_same_types()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.UploadAsync(user);
        ReplayJob job = await AskAsync(harness, "audit");
        ReplayJob earlier = await harness.Get<ReplayJobs>().AddAsync(
            "audit", [EventTypes.AuthLogin], DateTimeOffset.UtcNow.AddHours(-2), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        int calls = 0;
        // The other instance takes the same page while this one handles it, and finishes it.
        harness.Consumers["audit"].Before = async (_, _) =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                Assert.True(await harness.Replays().RunAsync(harness.Consumers["audit"], AuditTypes, TimeSpan.Zero, CancellationToken.None));
            }
        };

        Assert.False(await harness.ReplayAsync("audit", harness.Replays()));

        Assert.Equal(2, calls);
        ReplayJob done = await FindAsync(harness, job);
        Assert.Equal(("done", 1, 1), (done.Status, done.Matched, done.Delivered));
        Assert.Equal("running", (await FindAsync(harness, earlier)).Status);
    }

    [Theory]
    [InlineData("operator")]
    [InlineData(ReplayJobs.RedisLoss)]
    [InlineData(ReplayJobs.JournalLoss + "trimmed")]
    public async Task A_replay_has_what_committed_a_moment_ago(string reason)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent upload = await harness.UploadAsync(user);
        await harness.Get<ReplayJobs>().AddAsync("audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), reason, CancellationToken.None);

        await harness.ReplayAsync("audit");

        Assert.Equal([upload.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task An_event_that_ends_the_process_isolates_only_the_types_of_its_app()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, NoDeadline);
        await harness.UploadAsync(user);
        await LogInAsync(harness);
        ReplayJob job = await AskAsync(harness, "audit", EventTypes.FileUploaded, EventTypes.AuthLogin);
        int deaths = 0;
        harness.Consumers["audit"].Before = (domainEvent, _) => domainEvent.Type == EventTypes.FileUploaded && Interlocked.Increment(ref deaths) > 0
            ? Task.Delay(Timeout.Infinite, CancellationToken.None)
            : Task.CompletedTask;
        for (int process = 1; process <= ConsumerRecovery.IsolateAfterAttempts + 1; process++)
        {
            _ = harness.ReplayAsync("audit", harness.Replays(), [EventTypes.FileUploaded]);
            await Eventually.UntilAsync(() => Volatile.Read(ref deaths) == process);
        }

        ReplayJobs jobs = harness.Get<ReplayJobs>();
        IReadOnlyList<ReplayProgress> types = (await jobs.NextAsync("audit", AuditTypes, CancellationToken.None))!.Types;
        Assert.Equal(
            [(EventTypes.FileUploaded, 1, EventLog.PageSize), (EventTypes.AuthLogin, 0, 0)],
            types.OrderByDescending(type => type.Type).Select(type => (type.Type, type.Attempts, type.Isolated)));
        Assert.False(await harness.ReplayAsync("audit", harness.Replays(), [EventTypes.AuthLogin]));
        Assert.Equal(1, (await FindAsync(harness, job)).Delivered);
    }

    [Fact]
    public async Task Isolated_events_of_two_replays_take_turns()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        for (int file = 0; file < 5; file++)
        {
            await harness.UploadAsync(user, $"{file}");
        }

        await LogAsync(harness, 5);
        int handling = 0;
        int most = 0;
        foreach (string consumer in new[] { "audit", "notifications" })
        {
            await AskAsync(harness, consumer);
            OpenReplay replay = (await harness.Get<ReplayJobs>().NextAsync(consumer, Subscriptions.TypesOf(consumer), CancellationToken.None))!;
            // As if the process had died three times.
            await harness.Get<ReplayJobs>().TryWriteAsync([.. replay.Types.Select(type => type with { Attempts = 3 })], CancellationToken.None);
            harness.Consumers[consumer].Before = async (_, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref handling));
                await Task.Delay(50, CancellationToken.None);
                Interlocked.Decrement(ref handling);
            };
        }

        using HarnessProcess process = harness.NewProcess();
        // A replay ends early if the other one's event is isolated for seconds.
        Task ReplayAsync(string consumer) => Eventually.UntilAsync(async () =>
        {
            await harness.ReplayAsync(consumer, process.Replays);
            return harness.Consumers[consumer].Handled >= 5;
        });
        await Task.WhenAll(ReplayAsync("audit"), ReplayAsync("notifications"));

        Assert.Equal([5, 5], [harness.Consumers["audit"].Handled, harness.Consumers["notifications"].Handled]);
        Assert.Equal(1, most);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_job_is_for_each_asked_type_once_and_only_for_types_that_the_consumer_takes()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        ReplayJob job = await AskAsync(harness, "orchestrator", EventTypes.FileUploaded, EventTypes.FileUploaded, EventTypes.AuthFailed);

        Assert.Equal([EventTypes.FileUploaded, EventTypes.FileUploaded, EventTypes.AuthFailed], (await FindAsync(harness, job)).Types);
        Assert.False(await harness.ReplayAsync("orchestrator"));
        Assert.Equal("done", (await FindAsync(harness, job)).Status);
        Assert.Null(await harness.Get<ReplayJobs>().FindAsync($"{job.Id}:{EventTypes.FileUploaded}", CancellationToken.None));
    }

    [Fact]
    public async Task A_loss_joins_a_job_for_the_same_types_and_no_other()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        ReplayJobs jobs = harness.Get<ReplayJobs>();
        DateTimeOffset now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow);
        await CoverAsync(EventTypes.FileUploaded, EventTypes.AuthLogin);
        await CoverAsync(EventTypes.AuthLogin, EventTypes.FileUploaded);
        Assert.Equal(1, await harness.CountReplaysAsync());
        await CoverAsync([.. AuditTypes]);
        await CoverAsync([.. AuditTypes]);
        Assert.Equal(2, await harness.CountReplaysAsync());
        await CoverAsync(EventTypes.AuthLogin);
        Assert.Equal(3, await harness.CountReplaysAsync());

        // Two of the jobs end, and the other one is half done.
        Assert.False(await harness.ReplayAsync("audit", null, [EventTypes.AuthLogin]));
        await CoverAsync(EventTypes.FileUploaded);
        await CoverAsync(EventTypes.FileUploaded, EventTypes.AuthLogin);

        TableEntity[] rows = [.. new TableClient(harness.Account, "Replays").Query<TableEntity>("Reason eq 'redis-lost-state'")];
        Assert.Equal(
            new[] { null, EventTypes.AuthLogin, EventTypes.FileUploaded, $"{EventTypes.FileUploaded},{EventTypes.AuthLogin}", $"{EventTypes.FileUploaded},{EventTypes.AuthLogin}" },
            rows.Select(row => row.GetString("Types")).Order(StringComparer.Ordinal));

        Task CoverAsync(params string[] types) => jobs.CoverAsync("audit", types, now.AddMinutes(-5), now.AddHours(2), ReplayJobs.RedisLoss, CancellationToken.None);
    }

    [Fact]
    public async Task Old_jobs_that_are_finished_are_deleted_with_all_their_rows_and_unfinished_ones_stay()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(-91));
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        ReplayJob done = await AskAsync(harness, "audit", EventTypes.FileUploaded);
        ReplayJob half = await AskAsync(harness, "audit", EventTypes.FileUploaded, EventTypes.AuthLogin);
        time.Advance(TimeSpan.FromDays(91));
        ReplayJob recent = await AskAsync(harness, "audit", EventTypes.FileUploaded);
        Assert.False(await harness.ReplayAsync("audit", null, [EventTypes.FileUploaded]));

        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);

        Assert.Null(await harness.Get<ReplayJobs>().FindAsync(done.Id, CancellationToken.None));
        Assert.Equal(["running", "done"], [(await FindAsync(harness, half)).Status, (await FindAsync(harness, recent)).Status]);
        Assert.Equal(5, await harness.CountAsync("Replays"));
    }

    // An operator's request for the events of these days, of all types unless some are named.
    [Fact]
    public async Task A_replay_that_is_paused_keeps_its_place_also_in_the_middle_of_a_page_and_goes_on_when_it_is_resumed()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        OperatorService operators = harness.Get<OperatorService>();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        ReplayJob job = await AskAsync(harness, "audit");
        harness.Consumers["audit"].Before = async (_, _) => Assert.Equal(ReplayJobs.Paused, (await operators.PauseAsync(s_operator, job.Id, CancellationToken.None)).Value.Status);

        Assert.False(await harness.ReplayAsync("audit", harness.Replays()));

        ReplayJob paused = await FindAsync(harness, job);
        Assert.Equal((ReplayJobs.Paused, 0), (paused.Status, paused.Matched));
        ConcurrentQueue<string> handled = RecordHandled(harness);
        Assert.False(await harness.ReplayAsync("audit", harness.Replays()));
        Assert.Empty(handled);
        Assert.Equal(0, await harness.Get<ReplayJobs>().DeleteFinishedAsync(DateTimeOffset.UtcNow.AddHours(1), CancellationToken.None));

        Assert.Equal(ReplayJobs.Running, (await operators.ResumeAsync(s_operator, job.Id, CancellationToken.None)).Value.Status);
        Assert.False(await harness.ReplayAsync("audit", harness.Replays()));
        Assert.Equal([uploaded.Id], handled);
        Assert.Equal(ReplayJobs.Done, (await FindAsync(harness, job)).Status);
        Assert.IsType<Failure.Conflict>((await operators.ResumeAsync(s_operator, job.Id, CancellationToken.None)).Failure);
    }

    [Fact]
    public async Task A_replay_that_is_cancelled_ends_and_one_that_brings_what_Redis_lost_cannot_be()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        OperatorService operators = harness.Get<OperatorService>();
        await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        ReplayJob job = await AskAsync(harness, "audit");
        ReplayJob lost = await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), ReplayJobs.RedisLoss, CancellationToken.None);
        await operators.PauseAsync(s_operator, job.Id, CancellationToken.None);

        Assert.Equal(ReplayJobs.Cancelled, (await operators.CancelAsync(s_operator, job.Id, CancellationToken.None)).Value.Status);
        Assert.IsType<Failure.Conflict>((await operators.CancelAsync(s_operator, lost.Id, CancellationToken.None)).Failure);

        Assert.Null((await operators.CancelAsync(s_operator, job.Id, CancellationToken.None)).Failure);
        Assert.IsType<Failure.Conflict>((await operators.PauseAsync(s_operator, job.Id, CancellationToken.None)).Failure);
        Assert.IsType<Failure.NotFound>((await operators.CancelAsync(s_operator, Guid.NewGuid().ToString(), CancellationToken.None)).Failure);
        ConcurrentQueue<string> handled = RecordHandled(harness);
        await harness.ReplayAsync("audit", harness.Replays());
        Assert.Single(handled);
        Assert.Equal((ReplayJobs.Cancelled, ReplayJobs.Done), ((await FindAsync(harness, job)).Status, (await FindAsync(harness, lost)).Status));
        Assert.Equal(2, await harness.Get<ReplayJobs>().DeleteFinishedAsync(DateTimeOffset.UtcNow.AddHours(1), CancellationToken.None));
    }

    private static Task<ReplayJob> AskAsync(DeliveryHarness harness, string consumer, params string[] types) => harness.Get<ReplayJobs>().AddAsync(
        consumer, types.Length == 0 ? null : types, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);

    private static async Task<ReplayJob> FindAsync(DeliveryHarness harness, ReplayJob job) => (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!;

    // Commits a login, and does not deliver its event.
    private async Task<DomainEvent> LogInAsync(DeliveryHarness harness)
    {
        DomainEvent login = DomainEvent.Create(new AuthLogin(user, "somebody", "password", "session"), DateTimeOffset.UtcNow, user, null);
        Assert.Equal(
            PublishOutcome.Committed, await harness.Get<IEventPublisher>().PublishAsync(new Transaction(StateKeys.User(user)).Publish(login), CancellationToken.None));
        return login;
    }

    // From now on, the ids of the audit consumer's events.
    private static ConcurrentQueue<string> RecordHandled(DeliveryHarness harness)
    {
        ConcurrentQueue<string> handled = [];
        harness.Consumers["audit"].Before = (domainEvent, _) =>
        {
            handled.Enqueue(domainEvent.Id);
            return Task.CompletedTask;
        };
        return handled;
    }

    // Runs the relay until the event log has so many rows.
    private static Task LogAsync(DeliveryHarness harness, int lines) => Eventually.UntilAsync(async () =>
    {
        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
        return await harness.CountAsync("Log") == lines;
    });

    // Writes a page of lines into the log that are no events.
    private static Task FillPageAsync(DeliveryHarness harness) => harness.Get<EventLog>().AppendAsync(
        Enumerable.Range(0, EventLog.PageSize).Select(_ => new LogEntry(Guid.CreateVersion7().ToString(), "", "p", DateTimeOffset.UtcNow, IsAbortMarker: true)),
        CancellationToken.None);

    private static bool IsWrite(HttpRequest request) => StorageProxy.IsTransaction(request) && StorageProxy.Concerns(request, "Replays");
}
