using System.Collections.Concurrent;
using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Commands;
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
using McpFunctions.Functions.Timers;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Tests.Delivery;

public sealed class RecoveryTests
{
    // For handlers that hang until the test ends, like those of a process that died.
    private static readonly (string, string) NoDeadline = ("Delivery:HandlerDeadline", "01:00:00");

    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task What_the_fast_path_missed_has_its_effects_once()
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
        int failures = 0;
        harness.Consumers["notifications"].Before = (_, _) => ++failures <= 2 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        DomainEvent uploaded = await harness.UploadAsync(user);

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 1);
        Assert.Empty(await harness.NotifiedAsync(user, rebuild: false));
        await harness.RecoverUntilAsync(async () => (await harness.NotifiedAsync(user, rebuild: false)).Count == 1, TimeSpan.FromSeconds(60));

        Assert.Equal([uploaded.Id], await harness.NotifiedAsync(user, rebuild: false));
        Assert.Equal(3, failures);
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
            await harness.Database.KeyDeleteAsync("{events}:retry:orchestrator");
            return await harness.CountAsync("DeadLetters") == 1;
        });

        DeadLetter letter = (await harness.Get<DeadLetters>().FindAsync("orchestrator", uploaded.Id, CancellationToken.None))!;
        Assert.Equal(ConsumerRecovery.MaxAttempts, letter.Attempts);
        Assert.Contains("broken for good", letter.History[0].Error, StringComparison.Ordinal);
        Assert.Equal(ConsumerRecovery.MaxAttempts, harness.Consumers["orchestrator"].Handled);
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));

        Assert.False(await harness.Get<DeadLetters>().RetryAsync(harness.Consumers["orchestrator"], letter, CancellationToken.None));
        Assert.Equal(2, (await harness.Get<DeadLetters>().FindAsync("orchestrator", uploaded.Id, CancellationToken.None))!.History.Count);

        harness.Consumers["orchestrator"].Before = (_, _) => Task.CompletedTask;
        Assert.True(await harness.Get<DeadLetters>().RetryAsync(harness.Consumers["orchestrator"], letter, CancellationToken.None));
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
        for (int process = 1; process <= ConsumerRecovery.MaxAttempts; process++)
        {
            Task tick = Task.CompletedTask;
            await Eventually.UntilAsync(() =>
            {
                tick = tick.IsCompleted && deaths < process ? harness.Recovery("audit").RecoverAsync(CancellationToken.None) : tick;
                return deaths == process;
            });
        }

        await harness.RecoverUntilAsync(async () => await harness.CountAsync("DeadLetters") == 1);

        Assert.NotNull(await harness.Get<DeadLetters>().FindAsync("audit", deadly.Id, CancellationToken.None));
        Assert.Equal(ConsumerRecovery.MaxAttempts, deaths);
        Assert.Equal([good.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task An_outage_of_Redis_after_the_attempt_was_counted_uses_up_no_attempt()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        ConsumerRecovery recovery = harness.Recovery("audit");
        bool isHandled = false;
        harness.Consumers["audit"].Before = async (_, _) =>
        {
            isHandled = true;
            await harness.Redis.StopAsync();
        };
        await Eventually.UntilAsync(async () =>
        {
            await recovery.RecoverAsync(CancellationToken.None);
            return isHandled;
        });
        await harness.Redis.StartAgainAsync();
        await AnswersAsync(harness);
        Assert.Equal(1, await AttemptsAsync(harness, "audit"));

        await AssertThatAFailureCountsAsTheFirstAsync(harness, recovery);
        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 1);
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task An_outage_of_the_consumers_store_uses_up_no_attempt()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        ConsumerRecovery recovery = harness.Recovery("audit");
        await recovery.RecoverAsync(CancellationToken.None);
        harness.Consumers["audit"].Before = (_, _) => throw new DependencyUnavailableException("storage", new TimeoutException());
        await Eventually.UntilAsync(async () =>
        {
            await recovery.RecoverAsync(CancellationToken.None);
            return harness.Consumers["audit"].Handled >= ConsumerRecovery.MaxAttempts + 2;
        });

        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count == 1);

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_handler_that_is_late_once_has_not_failed()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:HandlerDeadline", "00:00:01"));
        DomainEvent uploaded = await harness.UploadAsync(user);
        ConsumerRecovery recovery = harness.Recovery("orchestrator");
        int isLate = 0;
        // When the handler times out, nothing shows which dependency it waited for.
        harness.Consumers["orchestrator"].Before = (_, token) => Interlocked.Increment(ref isLate) <= 2 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        foreach (int attempts in new[] { 0, 1 })
        {
            int before = isLate;
            await Eventually.UntilAsync(async () =>
            {
                await recovery.RecoverAsync(CancellationToken.None);
                return isLate > before;
            });
            Assert.Equal(attempts, await AttemptsAsync(harness, "orchestrator"));
        }

        await harness.RecoverUntilAsync(async () => (await harness.ContextAsync(user, rebuild: false)).Count == 1);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task An_event_with_a_processed_marker_is_not_handled_again()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.Get<DoneMarks>().AddAsync("audit", [uploaded], CancellationToken.None);

        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));

        Assert.Equal(0, harness.Consumers["audit"].Handled);
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
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        switch (loss)
        {
            case "empty":
                await harness.Database.ExecuteAsync("FLUSHALL");
                break;
            case "old file":
                await RestoreAsync(harness, old!);
                break;
            case "group destroyed":
                await harness.Database.StreamDeleteConsumerGroupAsync(RedisJournal.Journal, "audit");
                break;
            case "journal gone":
                await harness.Database.KeyDeleteAsync(RedisJournal.Journal);
                await harness.Database.KeyDeleteAsync([.. DeliveryOptions.KnownConsumers.Select(consumer => (StackExchange.Redis.RedisKey)$"{{events}}:epoch:{consumer}")]);
                break;
            case "entry deleted while claimed":
                await harness.Database.StreamTrimAsync(RedisJournal.Journal, 0, useApproximateMaxLength: false, limit: null);
                break;
            case "marks gone":
                await harness.Database.KeyDeleteAsync([.. ids.Select(id => (StackExchange.Redis.RedisKey)RedisJournal.MarkOf(id))]);
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
        // Recovery claims the entry, but the entry is too young to be handled.
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        Assert.Equal(1, await harness.Database.StreamTrimAsync(RedisJournal.Journal, 0, useApproximateMaxLength: false, limit: null));

        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Null(await harness.Get<ReplayJobs>().NextAsync("audit", CancellationToken.None));
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
            await harness.Database.StreamTrimAsync(RedisJournal.Journal, 0, useApproximateMaxLength: false, limit: null);
        }
        else
        {
            await harness.Database.KeyDeleteAsync(RedisJournal.Journal);
        }

        await harness.RecoverUntilAsync(async () => (await harness.AuditedAsync(user)).Count > 0);

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Equal([uploaded.Id], await harness.NotifiedAsync(user, rebuild: false));
        Assert.Equal(["a.txt"], await harness.ContextAsync(user, rebuild: false));
    }

    [Fact]
    public async Task What_is_published_after_Redis_was_wiped_and_then_deleted_from_the_journal_is_replayed()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        await harness.Database.ExecuteAsync("FLUSHALL");
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.Database.StreamTrimAsync(RedisJournal.Journal, 0, useApproximateMaxLength: false, limit: null);

        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task What_the_trimmer_takes_is_not_missing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:JournalRetention", "00:01:00"));
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        int jobs = await harness.CountAsync("Replays");
        // An old entry that every consumer has read.
        DomainEvent uploaded = await harness.UploadAsync(user);
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        await harness.Database.KeyDeleteAsync(RedisJournal.Journal);
        await harness.Database.StreamAddAsync(RedisJournal.Journal, [new("event", EventParser.Write(uploaded))], messageId: "1-1");
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        int missing = await harness.CountAsync("Replays") - jobs;
        // Two jobs for each consumer: one for the last minutes and one for the time before.
        Assert.Equal(6, missing);

        await harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None);
        Assert.Equal(0, await harness.Database.StreamLengthAsync(RedisJournal.Journal));
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            await harness.Recovery(consumer).RecoverAsync(CancellationToken.None);
        }

        Assert.Equal(jobs + missing, await harness.CountAsync("Replays"));
    }

    [Fact]
    public async Task A_loss_in_Redis_while_an_epoch_is_written_is_noticed_at_the_next_epoch()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        int jobs = await harness.CountAsync("Replays");
        // Wipes Redis between the comparison and the new epoch: at that time, recovery writes its state to storage.
        harness.Storage.Fault = request =>
        {
            if (HttpMethods.IsPut(request.Method) && StorageProxy.Concerns(request, "Consumers"))
            {
                harness.Storage.Fault = _ => ProxyFault.None;
                harness.Database.Execute("FLUSHALL");
            }

            return ProxyFault.None;
        };

        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);
        Assert.Equal(jobs, await harness.CountAsync("Replays"));
        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        Assert.Equal(jobs + 2, await harness.CountAsync("Replays"));
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
                TimeSpan.FromSeconds(60));
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
        await Assert.ThrowsAsync<InvalidOperationException>(() => DeliverAsync(harness, audit, foreign));
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
        await DeliverAsync(harness, harness.Consumers["audit"], first);

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
        await HearAsync(foreign);
        Assert.Null(await LetterAsync(own));
        Assert.NotNull(await LetterAsync(foreign));
        // Another event with the id of a committed one is also kept as a dead letter.
        DomainEvent another = own with { CorrelationId = "another" };
        await HearAsync(another);
        Assert.Equal("another", (await harness.Get<DeadLetters>().FindAsync("notifications", DeadLetters.ConflictIdOf(another), CancellationToken.None))!.Event!.CorrelationId);
        await harness.Redis.StartAgainAsync(keepData: false);
        await harness.RecoverUntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return (await harness.NotifiedAsync(user, rebuild: false)).Contains(own.Id);
        });

        Task HearAsync(DomainEvent heard) => Assert.ThrowsAsync<DependencyUnavailableException>(() => DeliverAsync(harness, harness.Consumers["notifications"], heard));

        Task<DeadLetter?> LetterAsync(DomainEvent of) => harness.Get<DeadLetters>().FindAsync("notifications", of.Id, CancellationToken.None);
    }

    [Theory]
    [InlineData("maxmemory", 1)]
    [InlineData("min-replicas-to-write", 1)]
    public async Task A_Redis_that_refuses_writes_during_a_replay_makes_no_dead_letters(string setting, int value)
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        await harness.Get<ReplayJobs>().AddAsync(
            "notifications", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        ReplayRunner replays = harness.Replays();
        Task<bool> RunAsync() => replays.RunAsync(harness.Consumers["notifications"], TimeSpan.MaxValue, CancellationToken.None);

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
        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "audit", [EventTypes.FileUploaded], DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);

        await harness.Get<ReplayRunner>().RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None);

        ReplayJob done = (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!;
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

        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);

        await harness.Get<ReplayRunner>().RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None);

        ReplayJob done = (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!;
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
        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        DomainEvent deadly = events[2];
        int deaths = 0;
        // Simulates a process that dies: it does nothing after this event.
        harness.Consumers["audit"].Before = (domainEvent, _) => domainEvent.Id == deadly.Id && Interlocked.Increment(ref deaths) > 0
            ? Task.Delay(Timeout.Infinite, CancellationToken.None)
            : Task.CompletedTask;
        for (int process = 1; process <= ConsumerRecovery.MaxAttempts; process++)
        {
            _ = harness.Replays().RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None);
            await Eventually.UntilAsync(() => Volatile.Read(ref deaths) == process);
        }

        Assert.False(await harness.Replays().RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None));

        Assert.Equal(ConsumerRecovery.MaxAttempts, deaths);
        Assert.Equal(ConsumerRecovery.MaxAttempts, (await harness.Get<DeadLetters>().FindAsync("audit", deadly.Id, CancellationToken.None))!.Attempts);
        Assert.Equal(events.Except([deadly]).Select(each => each.Id).Order(), (await harness.AuditedAsync(user)).Order());
        ReplayJob done = (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!;
        Assert.Equal(("done", 5, 4, 1), (done.Status, done.Matched, done.Delivered, done.Failed));
    }

    [Fact]
    public async Task A_replay_that_an_outage_interrupts_goes_on_where_it_was_however_often()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        harness.Consumers["audit"].Before = (_, _) => throw new DependencyUnavailableException("redis", new TimeoutException());
        for (int outage = 0; outage < 2 * ConsumerRecovery.MaxAttempts; outage++)
        {
            // A new process each time, which remembers no earlier attempt.
            await Assert.ThrowsAsync<DependencyUnavailableException>(
                () => harness.Replays().RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None));
        }

        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        await harness.Get<ReplayRunner>().RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None);

        Assert.Equal(1, (await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!.Delivered);
        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_replay_whose_count_of_attempts_storage_does_not_confirm_gives_up_nothing()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        ReplayRunner replays = harness.Replays();
        harness.Storage.Fault = request => HttpMethods.IsPut(request.Method) && StorageProxy.Concerns(request, "Replays") ? ProxyFault.LoseAnswer : ProxyFault.None;
        for (int outage = 0; outage < 2 * ConsumerRecovery.MaxAttempts; outage++)
        {
            try
            {
                await replays.RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None);
            }
            catch (DependencyUnavailableException)
            {
                // Some runs do not throw: they take their own first try for a write of another instance.
            }
        }

        Assert.Equal(0, harness.Consumers["audit"].Handled);
        harness.Storage.Fault = _ => ProxyFault.None;
        await replays.RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None);

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
        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
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
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => replays.RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, deadline.Token));
            delivered.Add((await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))!.Delivered);
        }

        Assert.Equal([0, AtOnce], delivered);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_consumer_whose_store_stands_still_during_a_replay_loses_nothing_to_the_dead_letters()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("Delivery:HandlerDeadline", "00:00:01"));
        DomainEvent uploaded = await harness.UploadAsync(user);
        await LogAsync(harness, 1);
        await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        ReplayRunner replays = harness.Replays();
        // Storage hangs only after the event has started, so the run cannot notice it earlier.
        harness.Consumers["audit"].Before = (_, _) =>
        {
            harness.Storage.Fault = request => StorageProxy.Concerns(request, "Audit") ? ProxyFault.Hold : ProxyFault.None;
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<DependencyUnavailableException>(() => replays.RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None));
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
        harness.Consumers["audit"].Before = (_, _) => Task.CompletedTask;
        harness.Storage.Fault = _ => ProxyFault.None;
        await replays.RunAsync(harness.Consumers["audit"], TimeSpan.MaxValue, CancellationToken.None);

        Assert.Equal([uploaded.Id], await harness.AuditedAsync(user));
    }

    [Fact]
    public async Task An_attempt_that_the_end_of_a_tick_cut_short_is_taken_back_once()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        await harness.UploadAsync(user);
        ConsumerRecovery recovery = harness.Recovery("audit");
        for (int tick = 0; tick < 3; tick++)
        {
            using var deadline = new CancellationTokenSource();
            bool isHandled = false;
            harness.Consumers["audit"].Before = async (_, token) =>
            {
                isHandled = true;
                await deadline.CancelAsync();
                await Task.Delay(Timeout.Infinite, token);
            };
            await Eventually.UntilAsync(async () =>
            {
                try
                {
                    await recovery.RecoverAsync(deadline.Token);
                }
                catch (OperationCanceledException)
                {
                    // Expected, as when a timer ends its tick.
                }

                return isHandled;
            });
            Assert.Equal(0, await AttemptsAsync(harness, "audit"));
        }

        await AssertThatAFailureCountsAsTheFirstAsync(harness, recovery);
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
        // Sets three attempts, as if the process had died three times: in the journal for audit, in a replay for notifications.
        foreach (StackExchange.Redis.StreamEntry entry in await harness.Database.StreamRangeAsync(RedisJournal.Journal))
        {
            await harness.Database.HashSetAsync("{events}:attempts:audit", entry.Id, 3);
        }

        ReplayJob job = await harness.Get<ReplayJobs>().AddAsync(
            "notifications", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        await harness.Get<ReplayJobs>().TryWriteAsync((await harness.Get<ReplayJobs>().FindAsync(job.Id, CancellationToken.None))! with { Attempts = 3 }, CancellationToken.None);
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

        using var process = new IsolationGate();
        await Task.WhenAll(
            Eventually.UntilAsync(async () =>
            {
                await harness.Recovery("audit", process).RecoverAsync(CancellationToken.None);
                return harness.Consumers["audit"].Handled >= 5;
            }),
            harness.Replays(process).RunAsync(harness.Consumers["notifications"], TimeSpan.MaxValue, CancellationToken.None));

        Assert.Equal([5, 5], [harness.Consumers["audit"].Handled, harness.Consumers["notifications"].Handled]);
        Assert.Equal(1, most);
        Assert.Equal(0, await harness.CountAsync("DeadLetters"));
    }

    [Fact]
    public async Task A_long_replay_does_not_keep_what_happens_now_waiting()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        DomainEvent first = await harness.UploadAsync(user, "first");
        // Puts more than a page between the two events.
        await harness.Get<EventLog>().AppendAsync(
            Enumerable.Range(0, EventLog.PageSize).Select(_ => new LogEntry(Guid.CreateVersion7().ToString(), "", "p", DateTimeOffset.UtcNow, IsAbortMarker: true)),
            CancellationToken.None);
        DomainEvent last = await harness.UploadAsync(user, "last");
        await harness.RecoverUntilAsync(() => IsCaughtUpAsync(harness));
        await LogAsync(harness, EventLog.PageSize + 2);
        await harness.Get<ReplayJobs>().AddAsync(
            "audit", null, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), "operator", CancellationToken.None);
        ConcurrentQueue<string> handled = [];
        DomainEvent? live = null;
        harness.Consumers["audit"].Before = async (domainEvent, _) =>
        {
            handled.Enqueue(domainEvent.Id);
            if (domainEvent.Id == first.Id && live is null)
            {
                live = await harness.UploadAsync(user, "live");
                await Task.Delay(TickSchedule.Interval, CancellationToken.None);
            }
        };

        await harness.Recovery("audit").RecoverAsync(CancellationToken.None);

        Assert.Equal([first.Id, live!.Id, last.Id], handled);
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
    public async Task A_loss_joins_a_job_that_has_not_begun_and_starts_a_little_earlier_and_no_other()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        ReplayJobs jobs = harness.Get<ReplayJobs>();
        DateTimeOffset now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow);
        DateTimeOffset end = now.AddHours(2);
        await CoverAsync(-5, end);
        ReplayJob asRead = (await jobs.NextAsync("audit", CancellationToken.None))!;

        await CoverAsync(-4, end.AddMinutes(1));
        ReplayJob job = (await jobs.NextAsync("audit", CancellationToken.None))!;
        Assert.Equal((1, asRead.Id, now.AddMinutes(-5), end.AddMinutes(1)), (await CountAsync(), job.Id, job.From, job.To));
        await CoverAsync(-4, end);
        Assert.Equal(1, await CountAsync());
        // The job has changed since this read, so the write fails and the process must read the job again.
        Assert.Null(await jobs.TryWriteAsync(job with { Attempts = 1 }, CancellationToken.None));

        await CoverAsync(-4, end, ReplayJobs.JournalLoss + "trimmed");
        Assert.Equal(2, await CountAsync());
        await CoverAsync(-4, now.AddMinutes(-1));
        Assert.Equal(3, await CountAsync());
        await CoverAsync(-600, end);
        Assert.Equal(4, await CountAsync());
        Assert.Equal(now.AddMinutes(-5), (await jobs.FindAsync(job.Id, CancellationToken.None))!.From);

        ReplayJob begun = (await jobs.FindAsync(job.Id, CancellationToken.None))!;
        Assert.NotNull(await jobs.TryWriteAsync(begun with { Attempts = 1 }, CancellationToken.None));
        await CoverAsync(-4, end);
        Assert.Equal(5, await CountAsync());
        await CoverAsync(-3, end);
        Assert.Equal(5, await CountAsync());

        Task CoverAsync(int minutes, DateTimeOffset to, string reason = ReplayJobs.RedisLoss) =>
            jobs.CoverAsync("audit", now.AddMinutes(minutes), to, reason, CancellationToken.None);

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

        Assert.Equal(recent.Id, (await jobs.NextAsync("audit", CancellationToken.None))!.Id);
        await harness.Get<ReplayRunner>().RunAsync(harness.Consumers["audit"], TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(old.Id, (await jobs.NextAsync("audit", CancellationToken.None))!.Id);
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
        var time = new ShiftedTime(TimeSpan.FromDays(-91));
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        await harness.UploadAsync(user, "old");
        time.By = TimeSpan.Zero;
        DomainEvent recent = await harness.UploadAsync(user, "new");
        await LogAsync(harness, 2);

        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);

        LogEntry left = Assert.Single((await harness.Get<EventLog>().ReadAsync(DateTimeOffset.MinValue, DateTimeOffset.UtcNow, null, 10, CancellationToken.None)).Entries);
        Assert.Equal(recent.Id, left.EventId);
        // Both files are left, and the event of the new file.
        Assert.Equal(3, await harness.CountAsync("Gateway"));
    }

    // Makes the next audit event fail, and asserts that the failure is its first attempt.
    private static async Task AssertThatAFailureCountsAsTheFirstAsync(DeliveryHarness harness, ConsumerRecovery recovery)
    {
        int failures = 0;
        harness.Consumers["audit"].Before = (_, _) => ++failures == 1 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        await Eventually.UntilAsync(async () =>
        {
            await recovery.RecoverAsync(CancellationToken.None);
            return failures == 1;
        });
        Assert.Equal(1, await AttemptsAsync(harness, "audit"));
    }

    // The number of attempts of the oldest entry in the journal.
    private static async Task<int> AttemptsAsync(DeliveryHarness harness, string consumer) => (int)await harness.Database.HashGetAsync(
        $"{{events}}:attempts:{consumer}", (await harness.Database.StreamRangeAsync(RedisJournal.Journal))[0].Id);

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
        await AnswersAsync(harness);
        return archive;
    }

    private static async Task RestoreAsync(DeliveryHarness harness, FolderCopy archive)
    {
        await harness.Redis.KillAsync();
        archive.RestoreTo(harness.Redis.DataFolder);
        await harness.Redis.StartAgainAsync();
        await AnswersAsync(harness);
    }

    private static Task AnswersAsync(DeliveryHarness harness) => Eventually.UntilAsync(async () =>
        await harness.Get<RedisConnection>().RunAsync(database => database.PingAsync(), CancellationToken.None) > TimeSpan.Zero
        && await harness.Database.PingAsync() > TimeSpan.Zero);
}
