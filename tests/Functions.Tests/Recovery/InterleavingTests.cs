using System.Diagnostics;
using CsCheck;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Recovery;

/// <summary>
/// Applies faults in random order. At the end, the result must be as if each event had been handled once.
/// The model is a set of event ids for the audit log and the inbox, and the newest version of each file for the context.
/// </summary>
public sealed class InterleavingTests
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("MCPFUNCTIONS_LONG_TESTS") == "1" ? 100 : 12;

    // A quarter of the time for which the harness keeps outbox entries.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(0.5);

    // Further back than a replay reaches from the time of a loss.
    private static readonly TimeSpan Age = TimeSpan.FromHours(4);

    private enum Step
    {
        /// <summary>Commits a new file, a new version or a deletion. No consumer gets the event yet.</summary>
        Publish,

        /// <summary>Commits a new file hours ago by its event's time, as before an outage of Redis. Only the relay publishes it.</summary>
        PublishLate,

        /// <summary>Rings a consumer with an event, perhaps a second time or late.</summary>
        Deliver,

        /// <summary>Another process reads entries of the journal and ends before it handles them.</summary>
        Die,

        /// <summary>Cuts a tick of recovery short, as if the process had ended.</summary>
        Crash,

        /// <summary>Runs a tick of recovery.</summary>
        Recover,

        /// <summary>Runs a tick of the relay.</summary>
        Relay,

        /// <summary>Trims the journals, which are full after a few entries.</summary>
        Trim,

        /// <summary>Redis loses everything.</summary>
        Wipe,

        /// <summary>Copies the data of Redis for a later <see cref="OldFile"/>.</summary>
        Copy,

        /// <summary>Restarts Redis with the copied data.</summary>
        OldFile,

        /// <summary>The journal loses some of its entries.</summary>
        DeleteEntries,

        /// <summary>The journal loses a consumer's group.</summary>
        DestroyGroup,

        /// <summary>Redis loses the published markers.</summary>
        LosePublishedMarkers,
    }

    // Random steps, common ones more often. A step makes its choices by its random number.
    private static readonly Gen<(Step Step, int Choice)[]> Interleavings = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Step.Publish)),
            (1, Gen.Const(Step.PublishLate)),
            (2, Gen.Const(Step.Trim)),
            (8, Gen.Const(Step.Deliver)),
            (4, Gen.Const(Step.Recover)),
            (4, Gen.Const(Step.Crash)),
            (4, Gen.Const(Step.Die)),
            (4, Gen.Const(Step.Relay)),
            (1, Gen.Const(Step.Wipe)),
            (1, Gen.Const(Step.Copy)),
            (1, Gen.Const(Step.OldFile)),
            (1, Gen.Const(Step.DeleteEntries)),
            (1, Gen.Const(Step.DestroyGroup)),
            (1, Gen.Const(Step.LosePublishedMarkers))),
        Gen.Int[0, 1_000_000]).Array[10, 40];

    [Fact]
    public async Task Every_interleaving_of_faults_ends_as_if_each_event_had_been_handled_once()
    {
        // Storage is not at fault here. On a busy machine a short time-out could leave it unknown whether an event was committed.
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(null, ("StorageTimeout", "00:01:00"), ("Delivery:JournalMaxLength", "10"));
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            // A consumer must not miss any event after its first run.
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
        private readonly Dictionary<string, TimeSpan> epochs = [];
        private FolderCopy? copy;

        // Rebuilds inbox and context now, since a later rebuild would hide an event that a consumer missed.
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
                case Step.PublishLate:
                    await PublishLateAsync(choice);
                    break;
                case Step.Trim:
                    await IfReachedAsync(() => harness.Get<JournalTrimmer>().TrimAsync(CancellationToken.None));
                    break;
                case Step.Deliver when published.Count > 0:
                    await IfReachedAsync(() => harness.DeliverAsync(consumer, published[choice / 3 % published.Count]));
                    break;
                case Step.Die when await database.KeyExistsAsync(DeliveryHarness.Uploads):
                    await DieAsync(consumer);
                    break;
                case Step.Recover:
                    await IfReachedAsync(() => RecoverAsync(consumer));
                    break;
                case Step.Crash:
                    await CrashAsync(consumer, choice);
                    break;
                case Step.Relay:
                    // The relay deletes an entry only after each consumer has compared its epoch. On a busy machine recovery runs here, as its timer would.
                    await IfReachedAsync(async () =>
                    {
                        foreach (string silent in DeliveryOptions.KnownConsumers.Where(each => time.Elapsed - epochs.GetValueOrDefault(each) > MaxSilence))
                        {
                            await RecoverAsync(silent);
                        }

                        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
                    });
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
                    StreamEntry[] entries = await database.StreamRangeAsync(DeliveryHarness.Uploads);
                    RedisValue[] some = [.. entries.Where((_, index) => ((choice >> (index % 16)) & 1) == 1).Select(entry => entry.Id)];
                    if (some.Length > 0)
                    {
                        await database.StreamDeleteAsync(DeliveryHarness.Uploads, some);
                    }

                    break;
                case Step.DestroyGroup when await database.KeyExistsAsync(DeliveryHarness.Uploads):
                    await database.StreamDeleteConsumerGroupAsync(DeliveryHarness.Uploads, consumer);
                    break;
                case Step.LosePublishedMarkers:
                    await database.KeyDeleteAsync([.. published.Select(each => EventKeys.PublishedOf(each.Id))]);
                    break;
            }
        }

        private async Task DieAsync(string consumer)
        {
            try
            {
                await harness.Database.StreamReadGroupAsync(DeliveryHarness.Uploads, consumer, $"dead-{Guid.NewGuid()}", ">", 3);
            }
            catch (RedisServerException exception) when (exception.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
            {
                // An earlier step destroyed the group.
            }
        }

        private async Task RecoverAsync(string consumer)
        {
            TimeSpan begin = time.Elapsed;
            await harness.Recovery(consumer).RecoverAsync(CancellationToken.None);
            epochs[consumer] = begin;
        }

        // A connection may break late after a restart of Redis. A function or a timer then ends so too, and the next one goes on.
        private static async Task IfReachedAsync(Func<Task> step)
        {
            try
            {
                await step();
            }
            catch (Exception exception) when (exception is DependencyUnavailableException or EventFailedException { InnerException: DependencyUnavailableException })
            {
                // As said above.
            }
        }

        public async Task EndAsync()
        {
            string[] ids = [.. published.Select(each => each.Id).Order()];
            string[] expected = [.. files.Values.Select(file => file.Filename).Order()];
            string[] seen = [];
            try
            {
                // There are no more faults, so recovery and the relay must finish all work.
                await harness.RecoverUntilAsync(
                    async () =>
                    {
                        await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
                        await Task.WhenAll(DeliveryOptions.KnownConsumers.Select(harness.EndWaitsAsync));
                        seen =
                        [
                            Difference("audit log", ids, await harness.AuditedAsync(user)),
                            Difference("inbox", ids, await harness.NotifiedAsync(user)),
                            Difference("context", expected, [.. (await harness.ContextAsync(user)).Select(name => name ?? "no name")]),
                        ];
                        return seen.All(difference => difference.Length == 0);
                    },
                    // On a busy machine each tick is slow, and recovery waits for entries that it has lost sight of.
                    Eventually.DefaultDeadline);
            }
            catch (TimeoutException exception)
            {
                Assert.Fail($"{string.Concat(seen)}Published:\n{string.Join('\n', published)}\n{exception.Message}");
            }

            Assert.Equal(0, await harness.CountAsync("DeadLetters"));
        }

        // With repetitions. Empty if both are the same.
        private static string Difference(string where, IReadOnlyList<string> expected, IReadOnlyList<string> actual)
        {
            string[] surplus = [.. actual.GroupBy(each => each).SelectMany(same => same.Skip(expected.Contains(same.Key) ? 1 : 0))];
            string[] missing = [.. expected.Except(actual)];
            return missing.Length + surplus.Length == 0 ? "" : $"The {where} misses [{string.Join(", ", missing)}], and has too many of [{string.Join(", ", surplus)}].\n";
        }

        // Redis loses at once what the request published, and the relay brings it.
        private async Task PublishLateAsync(int choice)
        {
            await PublishAsync(choice - choice % 3, Age);
            await harness.Database.KeyDeleteAsync(EventKeys.PublishedOf(published[^1].Id));
            StreamEntry[] newest = await harness.Database.StreamRangeAsync(DeliveryHarness.Uploads, count: 1, messageOrder: Order.Descending);
            if (newest is [var entry] && ((string)entry["event"]!).Contains(published[^1].Id, StringComparison.Ordinal))
            {
                await harness.Database.StreamDeleteAsync(DeliveryHarness.Uploads, [entry.Id]);
            }
        }

        private async Task PublishAsync(int choice, TimeSpan age = default)
        {
            DateTimeOffset now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow) - age;
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

            Assert.Equal(
                PublishOutcome.Committed,
                await harness.Get<IEventPublisher>().PublishAsync(transaction.Publish(domainEvent), CancellationToken.None));

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

        // Cancels the tick after a random time, and so at a random step.
        private async Task CrashAsync(string consumer, int choice)
        {
            using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(choice % 40));
            try
            {
                await harness.Recovery(consumer).RecoverAsync(end.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or DependencyUnavailableException)
            {
                // Expected.
            }
        }
    }
}
