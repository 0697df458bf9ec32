using Azure.Data.Tables;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Orchestrator;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Recovery;

public sealed class RecoveryTests
{
    // For handlers that hang until the test ends, like those of a process that died.
    private static readonly (string, string) NoDeadline = ("Delivery:HandlerDeadline", "01:00:00");

    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task Events_whose_doorbell_is_lost_have_their_effects_once()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        List<string> ids = [];
        for (int file = 0; file < 30; file++)
        {
            ids.Add((await harness.UploadAsync(user, $"{file}.txt")).Id);
        }

        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));

        Assert.Equal(ids.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.Equal(ids.Order(), (await harness.NotifiedAsync(user, rebuild: false)).Order());
        Assert.Equal(30, (await harness.ContextAsync(user, rebuild: false)).Count);
    }

    [Fact]
    public async Task A_consumer_that_fails_at_first_is_tried_again_and_the_others_do_not_wait()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        FlakyConsumer notifications = harness.Consumers["notifications"];
        notifications.Before = (_, _) => throw new InvalidOperationException("not yet");
        DomainEvent uploaded = await harness.UploadAsync(user);

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 1 && await harness.GroupAsync("notifications") is { Failed: 1 });
        Assert.Empty(await harness.NotifiedAsync(user, rebuild: false));
        int failures = notifications.Handled;
        notifications.Before = (_, _) => Task.CompletedTask;
        await harness.RecoverUntilAsync(async () => (await harness.NotifiedAsync(user, rebuild: false)).Count == 1, Eventually.DefaultDeadline);

        Assert.Equal([uploaded.Id], await harness.NotifiedAsync(user, rebuild: false));
        Assert.Equal(failures + 1, notifications.Handled);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task An_event_that_always_fails_ends_in_the_dead_letters_and_can_be_retried()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        harness.Consumers["orchestrator"].Before = (_, _) => throw new InvalidOperationException("broken for good");
        DomainEvent uploaded = await harness.UploadAsync(user);

        await harness.RecoverUntilAsync(async () =>
        {
            // The waits between attempts grow to minutes, so the test skips them.
            await harness.EndWaitsAsync("orchestrator");
            return await harness.CountAsync("DeadLetters") == 1;
        });

        DeadLetter letter = (await harness.Get<DeadLetters>().FindAsync("orchestrator", uploaded.Id, CancellationToken.None))!;
        Assert.Equal(JournalPump.MaxAttempts, letter.Attempts);
        Assert.Contains("broken for good", letter.History[0].Error, StringComparison.Ordinal);
        Assert.Equal(JournalPump.MaxAttempts, harness.Consumers["orchestrator"].Handled);
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));

        Assert.False(await harness.Get<DeadLetters>().RetryAsync(harness.Consumers["orchestrator"], letter, null, CancellationToken.None));
        Assert.Equal(2, (await harness.Get<DeadLetters>().FindAsync("orchestrator", uploaded.Id, CancellationToken.None))!.History.Count);

        harness.Consumers["orchestrator"].Before = (_, _) => Task.CompletedTask;
        Assert.True(await harness.Get<DeadLetters>().RetryAsync(harness.Consumers["orchestrator"], letter, null, CancellationToken.None));
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
        Assert.Equal(["a.txt"], await harness.ContextAsync(user, rebuild: false));
    }

    [Fact]
    public async Task An_event_that_ends_the_process_each_time_uses_up_its_own_attempts_only()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, NoDeadline);
        DomainEvent deadly = await harness.UploadAsync(user, "deadly");
        DomainEvent good = await harness.UploadAsync(user, "good");
        int deaths = 0;
        harness.Consumers["audit"].Before = (domainEvent, _) =>
        {
            // Simulates a process that dies: it has counted the attempt and does nothing more.
            return domainEvent.Id == deadly.Id && Interlocked.Increment(ref deaths) > 0 ? Task.Delay(Timeout.Infinite, CancellationToken.None) : Task.CompletedTask;
        };
        for (int process = 1; process <= JournalPump.MaxAttempts; process++)
        {
            using HarnessProcess next = harness.NewProcess();
            Task tick = Task.CompletedTask;
            await Eventually.UntilAsync(async () =>
            {
                await harness.EndWaitsAsync("audit");
                tick = tick.IsCompleted && deaths < process ? harness.Recovery("audit", next).RecoverAsync(CancellationToken.None) : tick;
                return deaths == process;
            });
        }

        await harness.RecoverUntilAsync(async () =>
        {
            await harness.EndWaitsAsync("audit");
            return await harness.CountAsync("DeadLetters") == 1;
        });

        Assert.NotNull(await harness.Get<DeadLetters>().FindAsync("audit", deadly.Id, CancellationToken.None));
        Assert.Equal(JournalPump.MaxAttempts, deaths);
        Assert.Equal([good.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task An_outage_of_Redis_after_the_attempt_was_counted_uses_up_no_attempt()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        ConsumerRecovery recovery = harness.Recovery("audit");
        var isStopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Consumers["audit"].Before = async (_, _) =>
        {
            await harness.Redis.StopAsync();
            isStopped.TrySetResult();
        };
        await Eventually.UntilAsync(async () =>
        {
            if (harness.Consumers["audit"].Handled == 0)
            {
                // Ends with an error, or without one, depending on where it is when Redis stops.
                await recovery.RecoverAsync(CancellationToken.None);
            }

            return harness.Consumers["audit"].Handled > 0;
        });
        await isStopped.Task.WaitAsync(Eventually.DefaultDeadline);
        // Its acknowledgement must have failed before Redis is back.
        await harness.IdleAsync("audit");
        await harness.Redis.StartAgainAsync();
        await RespondsAsync(harness);
        Assert.Equal(1, await AttemptsAsync(harness, "audit"));

        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        // The process still knows that the event was handled.
        Assert.Equal(1, harness.Consumers["audit"].Handled);
    }

    [Fact]
    public async Task An_outage_of_the_consumers_store_uses_up_no_attempt()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        ConsumerRecovery recovery = harness.Recovery("audit");
        harness.Consumers["audit"].Before = (_, _) => throw new DependencyUnavailableException("storage", new TimeoutException());
        await Eventually.UntilAsync(async () =>
        {
            await recovery.RecoverAsync(CancellationToken.None);
            return harness.Consumers["audit"].Handled >= JournalPump.MaxAttempts + 2;
        });

        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 1);

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_handler_that_is_late_once_has_not_failed()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(clock, ("Delivery:HandlerDeadline", "00:00:01"));
        DomainEvent uploaded = await harness.UploadAsync(user);
        ConsumerRecovery recovery = harness.Recovery("orchestrator");
        int isLate = 0;
        // When the handler times out, nothing shows which dependency it waited for.
        harness.Consumers["orchestrator"].Before = (_, token) => Interlocked.Increment(ref isLate) <= 2 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        foreach (int attempts in new[] { 0, 1 })
        {
            int before = isLate;
            Task tick = Task.CompletedTask;
            await Eventually.UntilAsync(() =>
            {
                tick = tick.IsCompleted && isLate == before ? recovery.RecoverAsync(CancellationToken.None) : tick;
                return isLate > before;
            });
            clock.Advance(TimeSpan.FromSeconds(1));
            await tick;
            await Eventually.UntilAsync(async () => await OwnerAsync(harness, "orchestrator") == GatewayInstance.Failed);
            Assert.Equal(attempts, await AttemptsAsync(harness, "orchestrator"));
        }

        await harness.EndWaitsAsync("orchestrator");
        await harness.RecoverUntilAsync(async () => (await harness.ContextAsync(user, rebuild: false)).Count == 1);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task An_event_that_a_doorbell_brought_is_not_handled_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.DeliverAsync("audit", uploaded);
        await harness.DeliverAsync("audit", uploaded);

        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));

        Assert.Equal(1, harness.Consumers["audit"].Handled);
        Assert.Equal(1, harness.Consumers["orchestrator"].Handled);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("old file")]
    [InlineData("group destroyed")]
    [InlineData("journal gone")]
    [InlineData("entry deleted while claimed")]
    [InlineData("marks gone")]
    public async Task Whatever_Redis_loses_every_event_has_its_effects_once(string loss)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        List<string> ids = [(await harness.UploadAsync(user, "0")).Id];
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        FolderCopy? old = loss == "old file" ? await SaveAsync(harness) : null;
        ids.Add((await harness.UploadAsync(user, "1")).Id);
        await LogAsync(harness, 2);
        await ReadByADeadProcessAsync(harness, "audit");

        switch (loss)
        {
            case "empty":
                await harness.Database.ExecuteAsync("FLUSHALL");
                break;
            case "old file":
                await RestoreAsync(harness, old!);
                break;
            case "group destroyed":
                await harness.Database.StreamDeleteConsumerGroupAsync(DeliveryHarness.Uploads, "audit");
                break;
            case "journal gone":
                await harness.Database.KeyDeleteAsync(DeliveryHarness.Uploads);
                await harness.Database.KeyDeleteAsync([.. DeliveryOptions.KnownConsumers.Select(EventKeys.EpochsOf)]);
                break;
            case "entry deleted while claimed":
                await harness.Database.StreamTrimAsync(DeliveryHarness.Uploads, 0, useApproximateMaxLength: false, limit: null);
                break;
            case "marks gone":
                await harness.Database.KeyDeleteAsync([.. ids.Select(id => EventKeys.PublishedOf(id))]);
                break;
        }

        await harness.RecoverUntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return (await harness.AuditedAsync(user)).Count == 2 && await IsCaughtUpAsync(harness);
        });

        Assert.Equal(ids.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.Equal(ids.Order(), (await harness.NotifiedAsync(user)).Order());
        Assert.Equal(["0", "1"], (await harness.ContextAsync(user)).Order());
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task An_entry_that_is_deleted_before_the_relay_has_logged_its_event_is_replayed_from_its_outbox_entry()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        DomainEvent uploaded = await harness.UploadAsync(user);
        await ReadByADeadProcessAsync(harness, "audit");
        Assert.Equal(1, await harness.Database.StreamTrimAsync(DeliveryHarness.Uploads, 0, useApproximateMaxLength: false, limit: null));

        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Equal(0, await harness.Get<ReplayJobs>().CountOpenAsync("audit", 1, CancellationToken.None));
    }

    [Theory]
    [InlineData("trimmed")]
    [InlineData("deleted")]
    public async Task What_the_journal_loses_before_anybody_has_read_it_is_replayed(string loss)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        DomainEvent uploaded = await harness.UploadAsync(user);
        if (loss == "trimmed")
        {
            await harness.Database.StreamTrimAsync(DeliveryHarness.Uploads, 0, useApproximateMaxLength: false, limit: null);
        }
        else
        {
            await harness.Database.KeyDeleteAsync(DeliveryHarness.Uploads);
        }

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count > 0);

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Equal([uploaded.Id], await harness.NotifiedAsync(user, rebuild: false));
        Assert.Equal(["a.txt"], await harness.ContextAsync(user, rebuild: false));
    }

    [Theory]
    [InlineData(false)]
    // The tick makes the journal again.
    [InlineData(true)]
    public async Task What_is_published_after_Redis_was_wiped_and_then_deleted_from_the_journal_is_replayed(bool isNoticed)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        await harness.Database.ExecuteAsync("FLUSHALL");
        if (isNoticed)
        {
            await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        }

        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.Database.StreamTrimAsync(DeliveryHarness.Uploads, 0, useApproximateMaxLength: false, limit: null);

        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task What_the_trimmer_takes_is_not_missing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalRetention", "00:01:00"));
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        int jobs = await harness.CountReplaysAsync();
        // An old entry that every consumer has read.
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        await harness.Database.KeyDeleteAsync(DeliveryHarness.Uploads);
        await harness.Database.StreamAddAsync(DeliveryHarness.Uploads, [new("event", EventParser.Write(uploaded))], messageId: "1-1");
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        int missing = await harness.CountReplaysAsync() - jobs;
        // Two jobs for each consumer: one for the last minutes and one for the time before.
        Assert.Equal(6, missing);

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);
        Assert.Equal(0, await harness.Database.StreamLengthAsync(DeliveryHarness.Uploads));
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            await harness.Recovery(consumer).RecoverAsync(CancellationToken.None);
        }

        Assert.Equal(jobs + missing, await harness.CountReplaysAsync());
    }

    [Fact]
    public async Task A_loss_in_Redis_while_an_epoch_is_written_is_noticed_at_the_next_epoch()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        int jobs = await harness.CountReplaysAsync();
        // Wipes Redis between the comparison and the new epoch: at that time, recovery writes its state to storage.
        harness.Storage.Fault = request =>
        {
            if (request.Path.Value!.EndsWith("$batch", StringComparison.Ordinal))
            {
                harness.Storage.Fault = _ => ProxyFault.None;
                harness.Database.Execute("FLUSHALL");
            }

            return ProxyFault.None;
        };

        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        Assert.Equal(jobs, await harness.CountReplaysAsync());
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        Assert.Equal(jobs + 2, await harness.CountReplaysAsync());
        // One job has the last minutes, with nearly all lost events. The other job has the time before, without a gap.
        TableEntity[] rows = [.. new TableClient(harness.Account, "Replays").Query<TableEntity>("Reason eq 'redis-lost-state'").OrderByDescending(row => row.GetDateTimeOffset("From"))];
        Assert.Equal(rows[1].GetDateTimeOffset("To"), rows[0].GetDateTimeOffset("From"));
        Assert.Equal(ConsumerRecovery.MaxClockDifference, rows[0].GetDateTimeOffset("From") + TimeSpan.FromMinutes(1) - rows[1].GetDateTimeOffset("From"));
    }

    [Fact]
    public async Task An_instance_whose_clock_is_an_hour_off_loses_nothing()
    {
        var time = new ShiftedTime(TimeSpan.FromHours(1));
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        List<string> ids = [(await harness.UploadAsync(user, "fast")).Id];
        time.By = TimeSpan.FromHours(-1);
        ids.Add((await harness.UploadAsync(user, "slow")).Id);
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        await harness.Database.ExecuteAsync("FLUSHALL");
        time.By = TimeSpan.FromHours(1);
        ids.Add((await harness.UploadAsync(user, "again")).Id);

        await harness.RecoverUntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return (await harness.AuditedAsync(user)).Count == 3 && await IsCaughtUpAsync(harness);
        });

        Assert.Equal(ids.Order(), (await harness.AuditedAsync(user)).Order());
        Assert.Equal(ids.Order(), (await harness.NotifiedAsync(user)).Order());
        Assert.Equal(["again", "fast", "slow"], (await harness.ContextAsync(user)).Order());
    }

    [Fact]
    public async Task Two_instances_whose_clocks_are_an_hour_apart_and_set_back_change_the_same_files_and_lose_nothing()
    {
        var time = new ShiftedTime(TimeSpan.FromHours(1));
        await using DeliveryHarness fast = await DeliveryHarness.StartAsync(time);
        await using DeliveryHarness slow = await fast.StartAnotherAsync(TimeProvider.System);
        DeliveryHarness[] instances = [fast, slow];
        await fast.NotifiedAsync(user);
        await fast.ContextAsync(user);
        var actor = new Domain.Identity.Actor(user, "c");
        FileRecord file = (await fast.Files.UploadAsync(actor, OneFile("0"), CancellationToken.None)).Value[0];
        for (int version = 1; version <= 8; version++)
        {
            if (version == 4)
            {
                // The clock goes from an hour ahead to an hour behind, between two events.
                time.By = TimeSpan.FromHours(-1);
            }

            DeliveryHarness instance = instances[version % 2];
            Assert.Null((await instance.Files.RenameAsync(actor, file.Id, null, $"{version}", CancellationToken.None)).Failure);
            await instance.Recovery(DeliveryOptions.KnownConsumers[version % 3]).RecoverAsync(CancellationToken.None);
            await instances[(version + 1) % 2].Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            if (version == 6)
            {
                await fast.Database.ExecuteAsync("FLUSHALL");
            }
        }

        DomainEvent[] history = [.. (await slow.Files.HistoryAsync(user, file.Id, new Domain.PageRequest(100, null), CancellationToken.None)).Value.Items];
        Assert.Equal(history.Select(each => each.Timestamp).OrderDescending(), history.Select(each => each.Timestamp));
        foreach (DeliveryHarness instance in instances)
        {
            await instance.RecoverUntilAsync(
                async () =>
                {
                    await instance.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
                    return (await instance.AuditedAsync(user)).Count == history.Length && await IsCaughtUpAsync(instance);
                },
                Eventually.DefaultDeadline);
        }

        string[] ids = [.. history.Select(each => each.Id).Order()];
        Assert.Equal(9, ids.Length);
        Assert.Equal(ids, (await slow.AuditedAsync(user)).Order());
        Assert.Equal(ids, (await slow.NotifiedAsync(user)).Order());
        Assert.Equal(["8"], await slow.ContextAsync(user));
    }

    private static async IAsyncEnumerable<IncomingFile> OneFile(string filename)
    {
        await Task.Yield();
        yield return new IncomingFile(filename, "text/plain", new MemoryStream([1]));
    }

    [Fact]
    public async Task A_foreign_event_that_failed_once_is_tried_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent foreign = Foreign("foreign");
        FlakyConsumer audit = harness.Consumers["audit"];
        audit.Before = (_, _) => throw new InvalidOperationException("not this time");
        await harness.FailAsync("audit", foreign);
        audit.Before = (_, _) => Task.CompletedTask;

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 1);

        Assert.Equal([foreign.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task An_event_with_the_id_of_another_one_is_a_dead_letter()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent first = Foreign("first");
        DomainEvent second = Foreign("second") with { Id = first.Id, Timestamp = first.Timestamp };
        await harness.HandleAsync("audit", first);

        await Assert.ThrowsAsync<EventIdConflictException>(() => DeliverAsync(harness, harness.Consumers["audit"], second));

        Assert.Equal([first.Id], await harness.AuditedAsync(user));
        DeadLetter letter = (await harness.Get<DeadLetters>().FindAsync("audit", DeadLetters.ConflictIdOf(second), CancellationToken.None))!;
        Assert.Equal("second", letter.Event!.Payload.Text("filename"));
    }

    [Fact]
    public async Task While_Redis_is_away_what_others_publish_is_kept_as_a_dead_letter_and_what_has_committed_comes_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent own = await harness.UploadAsync(user);
        DomainEvent foreign = Foreign("foreign");
        await harness.Redis.KillAsync();

        await HearAsync(own);
        await Assert.ThrowsAsync<EventFailedException>(() => HearAsync(foreign));
        Assert.Null(await LetterAsync(own));
        Assert.NotNull(await LetterAsync(foreign));
        // Another event with the id of a committed one is also kept as a dead letter.
        DomainEvent another = own with { CorrelationId = "another" };
        await Assert.ThrowsAsync<EventIdConflictException>(() => HearAsync(another));
        Assert.Equal("another", (await harness.Get<DeadLetters>().FindAsync("notifications", DeadLetters.ConflictIdOf(another), CancellationToken.None))!.Event!.CorrelationId);
        await harness.Redis.StartAgainAsync(keepData: false);
        await harness.RecoverUntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return (await harness.NotifiedAsync(user, rebuild: false)).Contains(own.Id);
        });

        Task HearAsync(DomainEvent heard) => DeliverAsync(harness, harness.Consumers["notifications"], heard);

        Task<DeadLetter?> LetterAsync(DomainEvent of) => harness.Get<DeadLetters>().FindAsync("notifications", of.Id, CancellationToken.None);
    }

    [Fact]
    public async Task At_shutdown_an_entry_in_work_is_handed_back_and_no_attempt_is_used_up()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        using HarnessProcess process = harness.NewProcess();
        harness.Consumers["audit"].Before = (_, token) => Task.Delay(Timeout.Infinite, token);
        await harness.Recovery("audit", process).RecoverAsync(CancellationToken.None);
        Assert.Equal(process.Instance.Name, await OwnerAsync(harness, "audit"));

        await process.Pumps.StopAsync(CancellationToken.None);

        // A slow machine hands it back after the end of the shutdown.
        await Eventually.UntilAsync(async () => (await OwnerAsync(harness, "audit"), await AttemptsAsync(harness, "audit")) == (GatewayInstance.Failed, 0));
        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task While_an_event_is_isolated_no_other_consumer_handles_one_that_might_suffer_with_it()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        for (int file = 0; file < 5; file++)
        {
            await harness.UploadAsync(user, $"{file}");
        }

        await LogAsync(harness, 5);
        // Sets two attempts, as if the process had died twice: in the journal for audit, in a replay for notifications.
        await ReadByADeadProcessAsync(harness, "audit");
        foreach (StackExchange.Redis.StreamPendingMessageInfo entry in await harness.PendingAsync("audit"))
        {
            await harness.Database.ExecuteAsync("XCLAIM", DeliveryHarness.Uploads, "audit", "dead", 0, entry.MessageId, "IDLE", 3_600_000, "RETRYCOUNT", 2, "JUSTID");
        }

        await harness.Get<ReplayJobs>().AddAsync(
            "notifications", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        OpenReplay begun = (await harness.Get<ReplayJobs>().NextAsync("notifications", Subscriptions.TypesOf("notifications"), CancellationToken.None))!;
        await harness.Get<ReplayJobs>().TryWriteAsync([.. begun.Types.Select(type => type with { Attempts = 3 })], CancellationToken.None);
        int handling = 0;
        int most = 0;
        foreach (string consumer in new[] { "audit", "notifications" })
        {
            harness.Consumers[consumer].Before = async (_, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref handling));
                await Task.Delay(50, CancellationToken.None);
                Interlocked.Decrement(ref handling);
            };
        }

        using HarnessProcess process = harness.NewProcess();
        await Task.WhenAll(
            Eventually.UntilAsync(async () =>
            {
                await harness.Recovery("audit", process).RecoverAsync(CancellationToken.None);
                return harness.Consumers["audit"].Handled >= 5;
            }),
            Eventually.UntilAsync(async () =>
            {
                // It ends early if the other event is isolated for seconds.
                await harness.ReplayAsync("notifications", process.Replays);
                return harness.Consumers["notifications"].Handled >= 5;
            }));

        Assert.Equal([5, 5], [harness.Consumers["audit"].Handled, harness.Consumers["notifications"].Handled]);
        Assert.Equal(1, most);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task Losses_that_follow_each_other_add_no_jobs_to_those_that_have_not_begun()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        harness.Consumers["audit"].Before = (_, _) => throw new DependencyUnavailableException("storage", new TimeoutException());
        List<string> uploaded = [];
        List<int> open = [];
        for (int loss = 1; loss <= 3; loss++)
        {
            uploaded.Add((await harness.UploadAsync(user)).Id);
            await harness.Database.ExecuteAsync("FLUSHALL");
            await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
            open.Add(await harness.Get<ReplayJobs>().CountOpenAsync("audit", 100, CancellationToken.None));
        }

        Assert.Equal([2, 2, 2], open);
        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await harness.RecoverUntilAsync(async () => await harness.Get<ReplayJobs>().CountOpenAsync("audit", 1, CancellationToken.None) == 0);
        Assert.Equal(uploaded.Order(), (await harness.AuditedAsync(user)).Order());
    }

    [Fact]
    public async Task An_inbox_and_a_context_that_Redis_lost_are_filled_from_storage_while_live_events_arrive()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        List<string> ids = [];
        for (int file = 0; file < 10; file++)
        {
            ids.Add((await harness.UploadAsync(user, $"{file}")).Id);
        }

        await harness.Database.ExecuteAsync("FLUSHALL");
        Task live = Task.Run(async () =>
        {
            for (int file = 10; file < 20; file++)
            {
                DomainEvent uploaded = await harness.UploadAsync(user, $"{file}");
                lock (ids)
                {
                    ids.Add(uploaded.Id);
                }

                await harness.Consumers["notifications"].HandleAsync(uploaded, CancellationToken.None);
                await harness.Consumers["orchestrator"].HandleAsync(uploaded, CancellationToken.None);
            }
        });
        await harness.NotifiedAsync(user);
        await harness.ContextAsync(user);
        await live;

        Assert.Equal(ids.Order(), (await harness.NotifiedAsync(user)).Order());
        Assert.Equal(20, (await harness.ContextAsync(user)).Distinct().Count());
    }

    [Fact]
    public async Task A_rebuilt_context_has_what_lives_however_long_ago_it_began()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DateTimeOffset longAgo = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow - TimeSpan.FromDays(20));
        DateTimeOffset later = longAgo + TimeSpan.FromDays(30);
        var file = new FileRecord
        {
            Id = Guid.NewGuid().ToString(), Filename = "a.txt", Size = 1, ContentType = "text/plain", Sha256 = "s", Version = 1, UploadedBy = user, CreatedAt = longAgo, UpdatedAt = longAgo,
        };
        var command = new CommandRecord { Id = Guid.NewGuid().ToString(), Name = "c", Status = CommandStatus.Started, StartedBy = user, StartedAt = longAgo };
        var workflow = new WorkflowRecord { Id = Guid.NewGuid().ToString(), Name = "w", Status = WorkflowStatus.Running, TriggeredBy = user, TriggeredAt = longAgo };
        var session = new SessionRecord
        {
            Id = Guid.NewGuid().ToString(), UserId = user, Username = "u", Role = Roles.User, Method = CredentialMethods.Password, CreatedAt = longAgo, LastSeenAt = longAgo, ExpiresAt = later, EndsAt = later,
        };
        Assert.True(await harness.Get<IStateStore>().TryWriteAsync(
            new Transaction(StateKeys.User(user))
                .Insert(FileKeys.Row(file.Id), new FileRow(file, "content"))
                .Insert(CommandService.RowPrefix + command.Id, command)
                .Insert(WorkflowService.RowPrefix + workflow.Id, workflow)
                .Insert(SessionRecord.RowPrefix + session.Id, session),
            CancellationToken.None));

        await harness.Get<ContextRebuild>().EnsureAsync(user, CancellationToken.None);

        OrchestratorContext context = OrchestratorContext.Of(user, await harness.Get<IContextStore>().ReadAsync(user, CancellationToken.None));
        Assert.Equal(
            [file.Id, command.Id, workflow.Id, session.Id],
            [context.Files.Single().FileId, context.ActiveCommands.Single().CommandId, context.Workflows.Single().WorkflowId, context.Sessions.Single().SessionId]);
    }

    [Fact]
    public async Task A_rebuild_during_which_Redis_is_wiped_does_not_pass_for_whole()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        RebuildMark mark = harness.Get<RebuildMark>();
        string token = (await mark.BeginAsync("key", CancellationToken.None))!;
        await harness.Database.ExecuteAsync("FLUSHALL");
        await mark.CompleteAsync("key", token, CancellationToken.None);

        string? again = await mark.BeginAsync("key", CancellationToken.None);
        Assert.NotNull(again);
        await mark.CompleteAsync("key", again, CancellationToken.None);
        Assert.Null(await mark.BeginAsync("key", CancellationToken.None));
    }

    [Fact]
    public async Task What_is_older_than_its_retention_is_deleted_and_nothing_else()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(-91));
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        await harness.UploadAsync(user, "old");
        time.Advance(TimeSpan.FromDays(91));
        DomainEvent recent = await harness.UploadAsync(user, "new");
        await LogAsync(harness, 2);

        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);

        LogEntry left = Assert.Single((await harness.Get<EventLog>().ReadAsync(DateTimeOffset.MinValue, DateTimeOffset.UtcNow, null, 10, CancellationToken.None)).Entries);
        Assert.Equal(recent.Id, left.EventId);
        // Both files are left, and the event of the new file.
        Assert.Equal(3, await harness.CountAsync("Gateway"));
    }

    // The number of attempts of the oldest entry in the journal.
    private static async Task<int> AttemptsAsync(DeliveryHarness harness, string consumer) => (await harness.PendingAsync(consumer))[0].DeliveryCount;

    private static async Task<string?> OwnerAsync(DeliveryHarness harness, string consumer) => (await harness.PendingAsync(consumer))[0].ConsumerName;

    // Another process has read the entries and ended.
    private static Task<StackExchange.Redis.StreamEntry[]> ReadByADeadProcessAsync(DeliveryHarness harness, string consumer) =>
        harness.Database.StreamReadGroupAsync(DeliveryHarness.Uploads, consumer, "dead", ">");

    // Runs the relay until the event log has so many rows.
    private static Task LogAsync(DeliveryHarness harness, int lines) => Eventually.UntilAsync(async () =>
    {
        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
        return await harness.CountAsync("Log") == lines;
    });

    private DomainEvent Foreign(string filename) =>
        DomainEvent.Create(new FileUploaded("f", filename, 1, "text/plain", "s", 1, user), DateTimeOffset.UtcNow, user, null);

    private static Task DeliverAsync(DeliveryHarness harness, FlakyConsumer consumer, DomainEvent domainEvent) => harness.DeliverAsync(consumer.Name, domainEvent);

    private static Task<bool> IsCaughtUpAsync(DeliveryHarness harness) => harness.IsCaughtUpAsync();

    // Copies the append-only file, like a backup or a replica that lags.
    private static async Task<FolderCopy> SaveAsync(DeliveryHarness harness)
    {
        await harness.Redis.StopAsync();
        FolderCopy archive = FolderCopy.Of(harness.Redis.DataFolder);
        await harness.Redis.StartAgainAsync();
        await RespondsAsync(harness);
        return archive;
    }

    private static async Task RestoreAsync(DeliveryHarness harness, FolderCopy archive)
    {
        await harness.Redis.KillAsync();
        archive.RestoreTo(harness.Redis.DataFolder);
        await harness.Redis.StartAgainAsync();
        await RespondsAsync(harness);
    }

    private static Task RespondsAsync(DeliveryHarness harness) => Eventually.UntilAsync(async () =>
        await harness.Get<RedisConnection>().RunAsync(database => database.PingAsync(), CancellationToken.None) > TimeSpan.Zero
        && await harness.Get<PumpRedis>().Connection.RunAsync(database => database.PingAsync(), CancellationToken.None) > TimeSpan.Zero
        && await harness.Database.PingAsync() > TimeSpan.Zero);
}
