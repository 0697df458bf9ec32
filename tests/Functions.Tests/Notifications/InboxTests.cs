using System.Text.Json;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Quotas;
using McpFunctions.Functions.Recovery;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Notifications;

public sealed class InboxTests(Stores stores)
{
    private readonly string user = Guid.NewGuid().ToString();
    private readonly RedisInbox inbox = new(
        stores.Redis, new RebuildMark(stores.Redis), new InboxSignals(stores.Redis, TimeProvider.System, NullLogger<InboxSignals>.Instance), Options.Create(new QuotaOptions()), TimeProvider.System);

    [Fact]
    public async Task Notifications_come_in_the_order_of_their_arrival_and_once()
    {
        foreach (string id in new[] { "c", "a", "b", "a", "c" })
        {
            await inbox.AddAsync(user, Notification(id), false, CancellationToken.None);
        }

        IReadOnlyList<Notification> read = await ReadAsync(0);

        Assert.Equal(["c", "a", "b"], read.Select(notification => notification.EventId));
        Assert.Equal(read.OrderBy(notification => notification.Sequence).Select(notification => notification.EventId), read.Select(notification => notification.EventId));
        Assert.Equal(["b"], (await ReadAsync(read[1].Sequence)).Select(notification => notification.EventId));
    }

    [Fact]
    public async Task Many_writers_at_once_get_sequences_of_their_own()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(index => inbox.AddAsync(user, Notification($"e{index}"), false, CancellationToken.None)));

        IReadOnlyList<Notification> read = await ReadAsync(0);

        Assert.Equal(200, read.Count);
        Assert.Equal(200, read.Select(notification => notification.Sequence).Distinct().Count());
    }

    [Fact]
    public async Task After_a_loss_of_Redis_sequences_continue_above_those_that_clients_have_seen()
    {
        await inbox.AddAsync(user, Notification("a"), false, CancellationToken.None);
        long seen = (await ReadAsync(0))[0].Sequence;
        await Database.KeyDeleteAsync([Key("entries"), Key("seen"), Key("meta")]);

        await inbox.AddAsync(user, Notification("b"), false, CancellationToken.None);

        Assert.Equal(["b"], (await ReadAsync(seen)).Select(notification => notification.EventId));
    }

    [Fact]
    public async Task Over_the_limit_in_bytes_the_oldest_notifications_go_and_do_not_come_back()
    {
        var small = new RedisInbox(
            stores.Redis, new RebuildMark(stores.Redis), new InboxSignals(stores.Redis, TimeProvider.System, NullLogger<InboxSignals>.Instance), Options.Create(new QuotaOptions { InboxBytes = 2_000 }), TimeProvider.System);
        for (int index = 0; index < 50; index++)
        {
            await small.AddAsync(user, Notification($"e{index}"), false, CancellationToken.None);
        }

        IReadOnlyList<Notification> read = await ReadAsync(0);
        Assert.InRange(read.Count, 2, 40);
        Assert.Equal("e49", read[^1].EventId);
        long bytes = (await Database.SortedSetRangeByRankAsync(Key("entries"))).Sum(entry => entry.Length());
        Assert.InRange(bytes, 1, 2_000);
        Assert.Equal(bytes, (long)await Database.HashGetAsync(Key("meta"), "bytes"));
        await small.AddAsync(user, Notification("e0"), false, CancellationToken.None);
        Assert.Equal(read.Select(notification => notification.EventId), (await ReadAsync(0)).Select(notification => notification.EventId));
    }

    [Fact]
    public async Task A_notification_that_was_evicted_does_not_come_back()
    {
        DateTimeOffset start = DateTimeOffset.UtcNow.AddDays(-1);
        for (int index = 0; index <= RedisInbox.MaxEntries; index += 100)
        {
            await Task.WhenAll(Enumerable.Range(index, Math.Min(100, RedisInbox.MaxEntries + 1 - index)).Select(each =>
                inbox.AddAsync(user, Notification($"e{each}", start.AddSeconds(each)), false, CancellationToken.None)));
        }

        await inbox.AddAsync(user, Notification("e0", start), false, CancellationToken.None);

        Assert.Equal(RedisInbox.MaxEntries, await Database.SortedSetLengthAsync(Key("entries")));
        Assert.DoesNotContain(await ReadAsync(0, 500), notification => notification.EventId == "e0");
    }

    [Fact]
    public async Task A_notification_older_than_the_retention_is_not_kept()
    {
        await inbox.AddAsync(user, Notification("old", DateTimeOffset.UtcNow - IInbox.Retention), false, CancellationToken.None);

        Assert.Empty(await ReadAsync(0));
    }

    [Fact]
    public async Task A_reader_that_waits_is_woken()
    {
        using var signals = new InboxSignals(stores.Redis, TimeProvider.System, NullLogger<InboxSignals>.Instance);
        await signals.StartAsync(CancellationToken.None);
        var waited = new RedisInbox(stores.Redis, new RebuildMark(stores.Redis), signals, Options.Create(new QuotaOptions()), TimeProvider.System);

        Task<IReadOnlyList<Notification>> waiting = waited.ReadAsync(user, 0, 10, 2 * Eventually.DefaultDeadline, CancellationToken.None);
        await inbox.AddAsync(user, Notification("a"), false, CancellationToken.None);

        Assert.Equal(["a"], (await waiting.WaitAsync(Eventually.DefaultDeadline)).Select(notification => notification.EventId));
        await signals.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_reader_waits_no_longer_than_it_said() =>
        Assert.Empty(await inbox.ReadAsync(user, 0, 10, TimeSpan.FromMilliseconds(300), CancellationToken.None));

    [Fact]
    public async Task Users_with_ids_of_any_form_have_inboxes_of_their_own()
    {
        string[] users = [$"{user}:inbox", $"{{{user}}}", $"{user}\n", user];
        foreach (string each in users)
        {
            await inbox.AddAsync(each, Notification(each), false, CancellationToken.None);
        }

        foreach (string each in users)
        {
            Assert.Equal([each], (await inbox.ReadAsync(each, 0, 10, TimeSpan.Zero, CancellationToken.None)).Select(notification => notification.EventId));
        }
    }

    private RedisKey Key(string name) => $"{{user:{user}}}:inbox:{name}";

    private IDatabase Database => stores.Multiplexer.GetDatabase();

    private Task<IReadOnlyList<Notification>> ReadAsync(long after, int limit = 500) => inbox.ReadAsync(user, after, limit, TimeSpan.Zero, CancellationToken.None);

    private static Notification Notification(string eventId, DateTimeOffset? time = null) => new()
    {
        Name = "file:new",
        EventId = eventId,
        Timestamp = Timestamps.ToMilliseconds(time ?? DateTimeOffset.UtcNow),
        Payload = JsonElement.Parse("{}"),
    };
}
