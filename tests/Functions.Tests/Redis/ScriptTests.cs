using System.Text.RegularExpressions;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Orchestrator;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Quotas;
using McpFunctions.Functions.RateLimits;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Redis;

/// <summary>
/// Redis does not undo a script that stops midway. These tests stop each script at each of its commands. The next try, which nothing stops,
/// must then have the result of one undisturbed run.
/// </summary>
public sealed class ScriptTests : IAsyncLifetime
{
    private const string User = "3f0f6a3e-0000-4000-8000-000000000001";
    private const string Instance = "instance";
    private const string Trimmed = EventKeys.Trimmed;
    private static readonly string Epoch = EventKeys.EpochsOf("audit")!;
    private static readonly string Stream = EventKeys.JournalOf(EventTypes.FileUploaded)!;

    private static readonly DateTimeOffset Now = Timestamps.ToMilliseconds(DateTimeOffset.UtcNow);
    private static readonly DomainEvent First = Uploaded("first");
    private static readonly DomainEvent Second = Uploaded("second");
    private static readonly string InboxEntries = $"{{user:{User}}}:inbox:entries";
    private static readonly string InboxSeen = $"{{user:{User}}}:inbox:seen";
    private static readonly string InboxMeta = $"{{user:{User}}}:inbox:meta";
    private static readonly string Context = $"{{user:{User}}}:context";
    private static readonly string Tombstones = $"{Context}:tombstones";
    private static readonly string Rate = $"rate:{{user:{User}}}";

    private static readonly Scenario[] Scenarios =
    [
        new("Outbox.publish.lua", [Stream, MarkerOf(First), MarkerOf(Second)])
        {
            Run = async test => await test.Journal.PublishAsync([First, Second], CancellationToken.None),
            Check = async (test, refused) =>
            {
                string[] ids = await test.JournalledAsync();
                Assert.Equal(Ids(First, Second), ids.Distinct().Order());
                // Without its marker, an event is published a second time.
                Assert.True(ids.Length == 2 || refused == "SET", $"{ids.Length} entries");
                Assert.Equal(0, await test.Journal.PublishAsync([First, Second], CancellationToken.None));
            },
        },
        new("Outbox.status.lua", [Trimmed, Stream])
        {
            Seed = async test => await test.ReadByAsync(Instance),
            Run = async test => await test.Journal.StatusAsync([EventTypes.FileUploaded, EventTypes.FileDeleted], CancellationToken.None),
            Check = async (test, _) =>
            {
                JournalStatus status = await test.Journal.StatusAsync([EventTypes.FileUploaded, EventTypes.FileDeleted], CancellationToken.None);
                Assert.Equal((1, 0), (status.Streams[EventTypes.FileUploaded].Length, status.Streams[EventTypes.FileDeleted].Length));
                Assert.Equal(("", 0L), (status.Streams[EventTypes.FileUploaded].Problem, status.Streams[EventTypes.FileUploaded].Missing));
                GroupStatus group = status.Group("audit", EventTypes.FileUploaded)!;
                Assert.Equal((0, 1, 0, test.EntryId), (group.Unread, group.Pending, group.Failed, group.Oldest));
            },
        },
        new("Outbox.epoch.lua", [Epoch])
        {
            Run = async test => await test.RunAsync("Outbox.epoch.lua", [Epoch], ["a", "", 2, "b", "", 3]),
            Check = async (test, _) => Assert.Equal(["2", "3"], (await test.Database.HashGetAsync(Epoch, ["a", "b"])).Select(value => (string?)value)),
        },
        new("Consumers.receive.lua", [Stream, MarkerOf(First)])
        {
            Seed = async test => await test.Database.StreamCreateConsumerGroupAsync(Stream, "audit", "0", createStream: true),
            Run = async test => await test.Pair.ReceiveAsync(First, mayAdd: true, 10, CancellationToken.None),
            Check = async (test, refused) =>
            {
                string[] ids = await test.JournalledAsync();
                Assert.Equal([First.Id], ids.Distinct());
                // Without its marker, the event is added a second time.
                Assert.True(ids.Length == 1 || refused == "SET", $"{ids.Length} entries");
                Assert.Equal(ids.Length, (await test.Database.StreamPendingAsync(Stream, "audit")).PendingMessageCount);
                Reception again = await test.Pair.ReceiveAsync(First, mayAdd: true, 10, CancellationToken.None);
                Assert.Equal((MarkerState.Same, 0, ""), (again.Marker, again.Entries.Count, again.Problem));
            },
        },
        new("Consumers.release.lua", [Stream])
        {
            Seed = async test => await test.ReadByAsync(test.OwnInstance.Name),
            Run = async test => await test.Pair.ReleaseAsync([(new PendingEntry(test.EntryId, [], 1), 1)], CancellationToken.None),
            Check = async (test, _) => Assert.Equal((GatewayInstance.Failed, 1), await test.OwnerAsync()),
        },
        new("Consumers.sign.lua", [EventKeys.Live])
        {
            Run = async test => await test.RunAsync("Consumers.sign.lua", [EventKeys.Live], [Instance]),
            Check = async (test, _) => Assert.NotNull(await test.Database.SortedSetScoreAsync(EventKeys.Live, Instance)),
        },
        new("Recovery.claim.lua", [Stream])
        {
            Seed = async test => await test.ReadByAsync("dead"),
            Run = async test => await test.RunAsync("Recovery.claim.lua", [Stream], ["audit", Instance, test.EntryId, "dead", 1]),
            Check = async (test, _) => Assert.Equal((Instance, 2), await test.OwnerAsync()),
        },
        new("Recovery.forget.lua", [Stream])
        {
            Seed = async test =>
            {
                await test.ReadByAsync("owner");
                await test.Database.ExecuteAsync("XGROUP", "CREATECONSUMER", Stream, "audit", "gone");
            },
            Run = async test =>
            {
                await test.RunAsync("Recovery.forget.lua", [Stream], ["audit", "gone"]);
                await test.RunAsync("Recovery.forget.lua", [Stream], ["audit", "owner"]);
            },
            // An owner of entries stays.
            Check = async (test, _) => Assert.Equal(["owner"], (await test.Database.StreamConsumerInfoAsync(Stream, "audit")).Select(each => each.Name)),
        },
        new("Recovery.trim.lua", [Stream, Trimmed])
        {
            Seed = async test => await test.Journal.PublishAsync([First, Second], CancellationToken.None),
            Run = async test =>
            {
                if (await test.Database.StreamRangeAsync(Stream) is [var first, ..] entries)
                {
                    await test.RunAsync("Recovery.trim.lua", [Stream, Trimmed], [EventTypes.FileUploaded, "OLDEST", entries.Length - 1, first.Id]);
                    // The journal begins with another entry now.
                    await test.RunAsync("Recovery.trim.lua", [Stream, Trimmed], [EventTypes.FileUploaded, "OLDEST", 1, "1-1"]);
                    await test.RunAsync("Recovery.trim.lua", [Stream, Trimmed], [EventTypes.FileUploaded, "MINID", entries[^1].Id]);
                }
            },
            // Entries that the script takes and counts are not missing.
            Check = async (test, _) =>
            {
                Assert.Equal([Second.Id], await test.JournalledAsync());
                Assert.Equal(0, (await test.Journal.StatusAsync([EventTypes.FileUploaded], CancellationToken.None)).Streams[EventTypes.FileUploaded].Missing);
            },
        },
        new("Recovery.rebuilt.lua", [InboxMeta])
        {
            // As a reader does.
            Run = async test =>
            {
                if (await test.Mark.BeginAsync(InboxMeta, CancellationToken.None) is { } token)
                {
                    await test.Mark.CompleteAsync(InboxMeta, token, CancellationToken.None);
                }
            },
            Check = async (test, _) => Assert.Null(await test.Mark.BeginAsync(InboxMeta, CancellationToken.None)),
        },
        new("Notifications.inbox.lua", [InboxEntries, InboxSeen, InboxMeta])
        {
            // As many entries as the inbox keeps, and an expired one.
            Seed = async test => await test.Database.ScriptEvaluateAsync(
                "for i = 1, 10000 do redis.call('ZADD', KEYS[1], string.format('%.0f', ARGV[1] + i), 'e' .. i) end redis.call('ZADD', KEYS[1], 1, 'expired')",
                [InboxSeen],
                [Now.AddDays(-3).ToUnixTimeMilliseconds()]),
            Run = async test =>
            {
                await test.Inbox.AddAsync(User, Notification(First), false, CancellationToken.None);
                await test.Inbox.AddAsync(User, Notification(Second) with { Timestamp = Now.AddDays(-2) }, true, CancellationToken.None);
            },
            Check = async (test, _) =>
            {
                IReadOnlyList<Notification> shown = await test.ShownAsync();
                Assert.Equal(Ids(First, Second, test.Follower), shown.Select(each => each.EventId).Order());
                // A client sees each notification once: after the first try, a notification keeps its sequence number.
                Assert.Empty(test.ShownBefore.Select(each => (each.EventId, each.Sequence)).Except(shown.Select(each => (each.EventId, each.Sequence))));
                Assert.Equal(RedisInbox.MaxEntries, await test.Database.SortedSetLengthAsync(InboxSeen));
                // An evicted notification does not come back.
                Assert.False(await test.Inbox.AddAsync(User, Notification(First) with { EventId = "e1", Timestamp = Now.AddDays(-3).AddMilliseconds(1) }, false, CancellationToken.None));
            },
        },
        new("Orchestrator.context.lua", [Context, Tombstones])
        {
            // A file that ended long ago, and a large fact that must make room.
            Seed = async test =>
            {
                await test.Contexts.ApplyAsync(User, Large(), false, CancellationToken.None);
                await test.Contexts.ApplyAsync(User, Fact("old", 1, false), true, CancellationToken.None);
                await test.Database.SortedSetAddAsync(Tombstones, "file:" + Domain.Delivery.KeyPart.Of("old"), 1);
            },
            Run = async test =>
            {
                await test.Contexts.ApplyAsync(User, Fact("a", 1, false), false, CancellationToken.None);
                await test.Contexts.ApplyAsync(User, Fact("b", 1, false), false, CancellationToken.None);
                await test.Contexts.ApplyAsync(User, Fact("a", 2, true), false, CancellationToken.None);
            },
            Check = async (test, _) =>
            {
                ContextSnapshot shown = await test.Contexts.ReadAsync(User, CancellationToken.None);
                Assert.Equal(["b"], OrchestratorContext.Of(User, shown).Files.Select(file => file.FileId).Where(file => file != "old"));
                Assert.DoesNotContain(shown.Facts, fact => fact.EntityId is "old" or "large");
                // Each fact that was taken raises the version by one: "large", "old", "a" twice, "b" and "c".
                Assert.Equal(6, shown.Version);
                Assert.Equal(Now, shown.UpdatedAt);
                Assert.Equal(3, await test.Database.SortedSetLengthAsync(Tombstones));
                // The large fact does not come back, and the byte count is right.
                Assert.Equal(FactOutcome.Known, await test.Contexts.ApplyAsync(User, Large(), false, CancellationToken.None));
                HashEntry[] fields = await test.Database.HashGetAllAsync(Context);
                Assert.Equal(
                    fields.Where(field => !field.Name.StartsWith("_") && field.Value != "~").Sum(field => field.Name.Length() + field.Value.Length()),
                    (long)fields.Single(field => field.Name == "_bytes").Value);
            },
        },
        new("RateLimits.rate.lua", [Rate])
        {
            Run = async test => Assert.NotNull(await test.Limiter.CountAsync(new Principal(User, "u", Roles.User, null))),
            Check = async (test, _) =>
            {
                Assert.Equal(1, (int)await test.Database.StringGetAsync(Rate));
                Assert.NotNull(await test.Database.KeyTimeToLiveAsync(Rate));
            },
        },
    ];

    private RedisServer server = null!;
    private RedisConnection redis = null!;
    private ConnectionMultiplexer multiplexer = null!;

    public static TheoryData<string> Scripts => [.. Scenarios.Select(scenario => scenario.Script)];

    private IDatabase Database => multiplexer.GetDatabase();

    private RedisJournal Journal => new(redis, NullLogger<RedisJournal>.Instance);

    private GatewayInstance OwnInstance { get; } = new();

    private PairJournal Pair => new(new PumpRedis(redis), OwnInstance, "audit", EventTypes.FileUploaded);

    private RedisValue EntryId { get; set; }

    private RebuildMark Mark => new(redis);

    private RedisInbox Inbox => new(redis, Mark, new InboxSignals(redis, TimeProvider.System, NullLogger<InboxSignals>.Instance), Options.Create(new QuotaOptions()), TimeProvider.System);

    private RedisContextStore Contexts => new(
        redis, Mark, Options.Create(new QuotaOptions { ContextBytes = 2_300 }), NullLogger<RedisContextStore>.Instance);

    private RateLimiter Limiter => new(redis, Options.Create(new RateLimitOptions()));

    private DomainEvent Follower { get; set; } = Uploaded("follower");

    private IReadOnlyList<Notification> ShownBefore { get; set; } = [];

    public async ValueTask InitializeAsync()
    {
        server = await RedisServer.StartAsync();
        await ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DisconnectAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public void Every_script_is_tested() => Assert.Equal(
        typeof(RedisJournal).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".lua", StringComparison.Ordinal)).Order(),
        Scenarios.Select(scenario => $"McpFunctions.Functions.{scenario.Script}").Order());

    [Theory]
    [MemberData(nameof(Scripts))]
    public Task A_user_who_lacks_the_right_to_a_command(string script) => StopAtEachAsync(
        script,
        command => Database.ExecuteAsync("ACL", "SETUSER", "default", $"-{command.ToLowerInvariant()}"),
        _ => Database.ExecuteAsync("ACL", "SETUSER", "default", "+@all"));

    [Theory]
    [MemberData(nameof(Scripts))]
    public Task A_command_that_was_renamed(string script) => StopAtEachAsync(
        script,
        command => RestartAsync(["--rename-command", command, ""]),
        _ => RestartAsync([]));

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task A_key_of_a_wrong_type(string script)
    {
        Scenario scenario = Scenarios.Single(each => each.Script == script);
        foreach (string key in scenario.Keys)
        {
            string aside = $"{key}:aside";
            await TryAsync(
                scenario,
                key,
                async () =>
                {
                    if (await Database.KeyExistsAsync(key))
                    {
                        await Database.KeyRenameAsync(key, aside);
                    }

                    await Database.ListLeftPushAsync(key, "not what it should be");
                },
                async () =>
                {
                    // SET replaces a value of any type, so the list may be gone.
                    if (await Database.KeyTypeAsync(key) == RedisType.List)
                    {
                        await Database.KeyDeleteAsync(key);
                    }

                    if (await Database.KeyExistsAsync(aside))
                    {
                        await Database.KeyRenameAsync(aside, key);
                    }
                });
        }
    }

    [Fact]
    public async Task One_event_that_cannot_be_published_holds_up_no_other()
    {
        await Database.ListLeftPushAsync(MarkerOf(First), "not a marker");

        await Assert.ThrowsAsync<RedisServerException>(() => Journal.PublishAsync([First, Second], CancellationToken.None));

        Assert.Equal([Second.Id], await JournalledAsync());
    }

    private async Task StopAtEachAsync(string script, Func<string, Task> refuseAsync, Func<string, Task> allowAsync)
    {
        Scenario scenario = Scenarios.Single(each => each.Script == script);
        string[] commands = [.. Regex.Matches(EmbeddedScript.Read(script), @"redis\.p?call\('([A-Z]+)'").Select(match => match.Groups[1].Value).Distinct()];
        Assert.NotEmpty(commands);
        foreach (string command in commands)
        {
            await TryAsync(scenario, command, () => refuseAsync(command), () => allowAsync(command));
        }
    }

    private async Task TryAsync(Scenario scenario, string refused, Func<Task> refuseAsync, Func<Task> allowAsync)
    {
        // A new connection does not remember earlier refusals.
        await DisconnectAsync();
        await ConnectAsync();
        await Database.ExecuteAsync("FLUSHALL");
        (Follower, ShownBefore) = (Uploaded("follower"), []);
        await scenario.Seed(this);
        await refuseAsync();
        try
        {
            await scenario.Run(this);
        }
        catch (Exception)
        {
            // Expected: the script stopped. The kind of error does not matter here.
        }

        await allowAsync();
        try
        {
            if (scenario.Script == "Notifications.inbox.lua" && await Database.KeyTypeAsync(InboxEntries) is RedisType.SortedSet)
            {
                ShownBefore = await ShownAsync();
            }

            await scenario.Run(this);
            await FollowAsync(scenario);
            await scenario.Check(this, refused);
        }
        catch (Exception exception)
        {
            Assert.Fail($"{scenario.Script}, stopped at {refused}: {exception}");
        }
    }

    // The next entry removes the old ones.
    private async Task FollowAsync(Scenario scenario)
    {
        switch (scenario.Script)
        {
            case "Notifications.inbox.lua":
                await Inbox.AddAsync(User, Notification(Follower), false, CancellationToken.None);
                break;
            case "Orchestrator.context.lua":
                await Contexts.ApplyAsync(User, Fact("c", 1, true), false, CancellationToken.None);
                break;
        }
    }

    private async Task ConnectAsync()
    {
        redis = Stores.PatientRedis(server.ConnectionString);
        multiplexer = await Stores.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        await Stores.PingAsync(redis);
    }

    private async Task DisconnectAsync()
    {
        await redis.DisposeAsync();
        await multiplexer.DisposeAsync();
    }

    // Keeps the data. The file is rewritten first, since Redis cannot read one that names a renamed command.
    private async Task RestartAsync(string[] arguments)
    {
        await Database.ExecuteAsync("BGREWRITEAOF");
        await Eventually.UntilAsync(async () => ((string)(await Database.ExecuteAsync("INFO", "persistence"))!) is var info
            && info.Contains("aof_rewrite_in_progress:0", StringComparison.Ordinal) && info.Contains("aof_rewrite_scheduled:0", StringComparison.Ordinal));
        await DisconnectAsync();
        server.Arguments = arguments;
        await server.RestartAsync();
        await ConnectAsync();
    }

    private Task<RedisResult> RunAsync(string script, RedisKey[] keys, RedisValue[] values) =>
        redis.RunAsync(database => database.ScriptEvaluateAsync(EmbeddedScript.Read(script), keys, values), CancellationToken.None);

    private async Task<string[]> JournalledAsync() =>
        [.. (await Database.StreamRangeAsync(Stream)).Select(entry => EventParser.TryRead((byte[])entry["event"]!, out DomainEvent each, out _) ? each.Id : "?")];

    // Publishes an event and lets an instance read it.
    private async Task ReadByAsync(string instance)
    {
        await Journal.PublishAsync([First], CancellationToken.None);
        await Database.StreamCreateConsumerGroupAsync(Stream, "audit", "0");
        EntryId = (await Database.StreamReadGroupAsync(Stream, "audit", instance, ">")).Single().Id;
    }

    private async Task<(string Owner, int Count)> OwnerAsync()
    {
        StreamPendingMessageInfo pending = (await Database.StreamPendingMessagesAsync(Stream, "audit", 10, RedisValue.Null)).Single();
        return (pending.ConsumerName!, pending.DeliveryCount);
    }

    private static string MarkerOf(DomainEvent domainEvent) => EventKeys.PublishedOf(domainEvent.Id)!;

    private Task<IReadOnlyList<Notification>> ShownAsync() => Inbox.ReadAsync(User, 0, 100, TimeSpan.Zero, CancellationToken.None);

    private static IEnumerable<string> Ids(params DomainEvent[] events) => events.Select(each => each.Id).Order();

    private static DomainEvent Uploaded(string filename) =>
        DomainEvent.Create(new FileUploaded("f", filename, 1, "text/plain", "s", 1, User), Now, User, null);

    private static Notification Notification(DomainEvent domainEvent) => NotificationConsumer.Describe(domainEvent)!.Notification;

    private static ContextFact Fact(string file, long version, bool isTerminal) => new()
    {
        Kind = "file",
        EntityId = file,
        IsTerminal = isTerminal,
        Version = version,
        Timestamp = Now,
        EventId = "e",
        Type = isTerminal ? EventTypes.FileDeleted : EventTypes.FileUpdated,
        Payload = System.Text.Json.JsonElement.Parse($$"""{"fileId":"{{file}}"}"""),
    };

    private static ContextFact Large() => Fact("large", 1, true) with
    {
        Timestamp = Now.AddMinutes(-1),
        Payload = System.Text.Json.JsonElement.Parse($$"""{"fileId":"large","filename":"{{new string('n', 1_500)}}"}"""),
    };

    private sealed record Scenario(string Script, string[] Keys)
    {
        public Func<ScriptTests, Task> Seed { get; init; } = _ => Task.CompletedTask;

        public required Func<ScriptTests, Task> Run { get; init; }

        public required Func<ScriptTests, string, Task> Check { get; init; }
    }
}
