using System.Diagnostics;
using CsCheck;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>
/// Whatever happens to events on their way, and in whatever order: in the end all is as if each had been handled once.
/// The model is that: a set of event ids for the audit log and the inbox, and for the context the newest version of each file.
/// </summary>
public sealed class InterleavingTests
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("MCPFUNCTIONS_LONG_TESTS") == "1" ? 100 : 12;

    // A quarter of what the harness sets for the pointers.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(0.5);

    private enum Step
    {
        /// <summary>A new file, or a new version of one, or its end; nobody hears of it.</summary>
        Publish,

        /// <summary>A consumer gets an event by the fast path; maybe again, maybe long after others.</summary>
        Deliver,

        /// <summary>A tick of recovery ends in the middle, as if the process had ended.</summary>
        Crash,

        /// <summary>A tick of recovery.</summary>
        Recover,

        /// <summary>A tick of the relay.</summary>
        Relay,

        /// <summary>Redis loses everything.</summary>
        Wipe,

        /// <summary>Redis is copied, to come back with that copy later.</summary>
        Copy,

        /// <summary>Redis comes back as it was when it was copied.</summary>
        OldFile,

        /// <summary>The journal loses some of its entries.</summary>
        DeleteEntries,

        /// <summary>The journal loses a consumer's group.</summary>
        DestroyGroup,

        /// <summary>The marks of what was published are lost.</summary>
        LosePublishMarks,
    }

    // What a step chooses among, by chance; more of the usual than of the unusual.
    private static readonly Gen<(Step Step, int Choice)[]> Interleavings = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Step.Publish)),
            (8, Gen.Const(Step.Deliver)),
            (4, Gen.Const(Step.Recover)),
            (4, Gen.Const(Step.Crash)),
            (4, Gen.Const(Step.Relay)),
            (1, Gen.Const(Step.Wipe)),
            (1, Gen.Const(Step.Copy)),
            (1, Gen.Const(Step.OldFile)),
            (1, Gen.Const(Step.DeleteEntries)),
            (1, Gen.Const(Step.DestroyGroup)),
            (1, Gen.Const(Step.LosePublishMarks))),
        Gen.Int[0, 1_000_000]).Array[10, 40];

    [Fact]
    public async Task Every_interleaving_of_faults_ends_as_if_each_event_had_been_handled_once()
    {
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync();
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            // From its first run on, a consumer misses nothing.
            await harness.Recovery(consumer).RecoverAsync(CancellationToken.None);
        }

        await Interleavings.SampleAsync(
            async steps =>
            {
                var run = new Run(harness);
                await run.BeginAsync();
                foreach ((Step step, int choice) in steps)
                {
                    await run.DoAsync(step, choice);
                }

                await run.EndAsync();
            },
            iter: Rounds,
            threads: 1);
    }

    private sealed class Run(DeliveryHarness harness)
    {
        private readonly string user = Guid.NewGuid().ToString();
        private readonly List<DomainEvent> published = [];
        private readonly Dictionary<string, FileRecord> files = [];
        private readonly Stopwatch time = Stopwatch.StartNew();
        private readonly Dictionary<string, TimeSpan> beats = [];
        private FolderCopy? copy;

        // Whole from now on, until a step wipes it: what a consumer misses, no reader's rebuild makes up for.
        public async Task BeginAsync()
        {
            await harness.NotifiedAsync(user);
            await harness.ContextAsync(user);
        }

        public async Task DoAsync(Step step, int choice)
        {
            string consumer = DeliveryOptions.KnownConsumers[choice % 3];
            IDatabase database = harness.Database;
            switch (step)
            {
                case Step.Publish:
                    await PublishAsync(choice);
                    break;
                case Step.Deliver when published.Count > 0:
                    await harness.Consumers[consumer].HandleAsync(published[choice / 3 % published.Count], CancellationToken.None);
                    break;
                case Step.Recover:
                    await RecoverAsync(consumer);
                    break;
                case Step.Crash:
                    await CrashAsync(consumer, choice);
                    break;
                case Step.Relay:
                    // The relay drops a pointer when its mark is older than the time between two beats, by which an old file is found
                    // out (Delivery:KeepPointersFor): on a busy machine the steps take so long that timers would have ticked.
                    foreach (string silent in DeliveryOptions.KnownConsumers.Where(each => time.Elapsed - beats.GetValueOrDefault(each) > MaxSilence))
                    {
                        await RecoverAsync(silent);
                    }

                    await harness.Get<EventRelay>().RelayAsync(CancellationToken.None);
                    break;
                case Step.Wipe:
                    await database.ExecuteAsync("FLUSHALL");
                    break;
                case Step.Copy:
                    copy = FolderCopy.Of(harness.Redis.DataFolder);
                    break;
                case Step.OldFile when copy is not null:
                    await harness.Redis.KillAsync();
                    copy.RestoreTo(harness.Redis.DataFolder);
                    await harness.Redis.StartAgainAsync();
                    await Eventually.UntilAsync(async () =>
                        await harness.Get<RedisConnection>().RunAsync(each => each.PingAsync(), CancellationToken.None) > TimeSpan.Zero
                        && await database.PingAsync() > TimeSpan.Zero);
                    break;
                case Step.DeleteEntries:
                    StreamEntry[] entries = await database.StreamRangeAsync(RedisJournal.Journal);
                    RedisValue[] some = [.. entries.Where((_, index) => ((choice >> (index % 16)) & 1) == 1).Select(entry => entry.Id)];
                    if (some.Length > 0)
                    {
                        await database.StreamDeleteAsync(RedisJournal.Journal, some);
                    }

                    break;
                case Step.DestroyGroup when await database.KeyExistsAsync(RedisJournal.Journal):
                    await database.StreamDeleteConsumerGroupAsync(RedisJournal.Journal, consumer);
                    break;
                case Step.LosePublishMarks:
                    await database.KeyDeleteAsync([.. published.Select(each => (RedisKey)RedisJournal.MarkOf(each.Id))]);
                    break;
            }
        }

        private async Task RecoverAsync(string consumer)
        {
            beats[consumer] = time.Elapsed;
            await harness.Recovery(consumer).RecoverAsync(CancellationToken.None);
        }

        public async Task EndAsync()
        {
            string[] ids = [.. published.Select(each => each.Id).Order()];
            string[] expected = [.. files.Values.Select(file => file.Filename).Order()];
            // Past the interleaving nothing goes wrong any more: the timers bring everything to rest.
            await harness.RecoverUntilAsync(
                async () =>
                {
                    await harness.Get<EventRelay>().RelayAsync(CancellationToken.None);
                    return (await harness.AuditedAsync(user)).Order().SequenceEqual(ids)
                        && (await harness.NotifiedAsync(user)).Order().SequenceEqual(ids)
                        && (await harness.ContextAsync(user)).Order().SequenceEqual(expected);
                },
                Eventually.DefaultDeadline);
            Assert.Equal(0, await harness.CountAsync("DeadLetters"));
        }

        private async Task PublishAsync(int choice)
        {
            DateTimeOffset now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow);
            FileRecord[] known = [.. files.Values];
            FileRecord? before = known.Length == 0 || choice % 3 == 0 ? null : known[choice % known.Length];
            var transaction = new Transaction(StateKeys.User(user));
            DomainEvent domainEvent;
            FileRecord after;
            if (before is null)
            {
                after = new FileRecord
                {
                    Id = Guid.CreateVersion7().ToString(),
                    Filename = $"{choice}",
                    Size = 1,
                    ContentType = "text/plain",
                    Sha256 = "s",
                    Version = 1,
                    UploadedBy = user,
                    CreatedAt = now,
                    UpdatedAt = now,
                };
                domainEvent = DomainEvent.Create(new FileUploaded(after.Id, after.Filename, 1, after.ContentType, after.Sha256, 1, user), now, user, null);
                transaction.Insert(FileKeys.Row(after.Id), new FileRow(after, "content"));
            }
            else
            {
                Stored<FileRow> row = (await harness.Get<IStateStore>().FindAsync<FileRow>(transaction.Partition, FileKeys.Row(before.Id), CancellationToken.None))!;
                DateTimeOffset time = now > before.UpdatedAt ? now : before.UpdatedAt.AddMilliseconds(1);
                after = before with { Version = before.Version + 1, Filename = $"{choice}", UpdatedAt = time };
                if (choice % 5 == 0)
                {
                    domainEvent = DomainEvent.Create(new FileDeleted(after.Id, after.Filename, after.Version, user), time, user, null);
                    transaction.Delete(row.Key, row.ETag);
                }
                else
                {
                    domainEvent = DomainEvent.Create(
                        new FileUpdated(after.Id, after.Filename, after.Size, after.ContentType, after.Sha256, after.Version, user), time, user, null);
                    transaction.Replace(row.Key, row.Value with { File = after }, row.ETag);
                }
            }

            // On a machine that is too busy storage may take too long: a fence has made sure that it never commits.
            PublishOutcome outcome = await harness.Get<IEventPublisher>().PublishAsync(transaction.Publish(domainEvent), CancellationToken.None);
            if (outcome != PublishOutcome.Committed)
            {
                Assert.Equal(PublishOutcome.Unavailable, outcome);
                return;
            }

            if (domainEvent.Type == EventTypes.FileDeleted)
            {
                files.Remove(after.Id);
            }
            else
            {
                files[after.Id] = after;
            }

            published.Add(domainEvent);
        }

        // Ends between two of the tick's steps, whichever it has come to by then.
        private async Task CrashAsync(string consumer, int choice)
        {
            using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(choice % 40));
            try
            {
                await harness.Recovery(consumer).RecoverAsync(end.Token);
            }
            catch (OperationCanceledException)
            {
                // As meant.
            }
        }
    }
}
