using System.Text.Json;
using CsCheck;
using McpFunctions.Domain;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Audit;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Audit;

public sealed class AuditLogTests(Stores stores)
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 30, 0, TimeSpan.Zero);

    private readonly TableAuditLog log = new(stores.Tables, TimeProvider.System);
    private readonly string user = Guid.NewGuid().ToString();

    [Fact]
    public async Task An_event_is_in_the_log_once_however_often_it_comes()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => log.AppendAsync(Entry("a", Noon), CancellationToken.None)));

        Assert.Equal(["a"], await IdsAsync(new AuditQuery { UserId = user }));
    }

    [Fact]
    public async Task Another_event_with_the_same_id_is_refused()
    {
        await log.AppendAsync(Entry("a", Noon), CancellationToken.None);

        await Assert.ThrowsAsync<EventIdConflictException>(() => log.AppendAsync(Entry("a", Noon, "other"), CancellationToken.None));
    }

    [Fact]
    public async Task A_search_that_matches_little_ends_after_some_hours_of_rows_and_continues_with_its_token()
    {
        var fresh = new TableAuditLog(
            new StorageTables(AzuriteServer.ConnectionStringFor(stores.Azurite.Ports, stores.Azurite.NewAccount()), TimeSpan.FromSeconds(5)), TimeProvider.System);
        await fresh.AppendAsync(Entry("wanted", Noon.AddHours(-250)) with { ResourceId = "wanted" }, CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 250).Select(hours => fresh.AppendAsync(Entry($"{hours}", Noon.AddHours(-hours)), CancellationToken.None)));
        var wanted = new AuditQuery { ResourceId = "wanted" };

        int calls = 0;
        List<string> found = [];
        string? token = null;
        do
        {
            Page<AuditEntry> page = (await fresh.ReadAsync(wanted, new PageRequest(1, token), CancellationToken.None)).Value;
            found.AddRange(page.Items.Select(entry => entry.EventId));
            token = page.ContinuationToken;
            calls++;
        }
        while (token is not null);

        Assert.Equal(3, calls);
        Assert.Single(found);
    }

    [Fact]
    public async Task An_entry_that_exists_does_not_stop_the_others_of_its_batch()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => log.AppendAsync(Entry($"{number * 2}", Noon), CancellationToken.None)));

        Task[] appends = [.. Enumerable.Range(0, 80).Select(
            number => log.AppendAsync(Entry($"{number}", Noon, number == 6 ? "other" : "a.txt"), CancellationToken.None))];

        await Assert.ThrowsAsync<EventIdConflictException>(() => appends[6]);
        await Task.WhenAll(appends.Where((_, number) => number != 6));
        Assert.Equal(
            Enumerable.Range(0, 80).Select(number => $"{number}").Order(StringComparer.Ordinal), (await IdsAsync(new AuditQuery { UserId = user })).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_lone_line_is_stored_at_once_and_lines_that_follow_are_stored_together()
    {
        var clock = new FakeTimeProvider();
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite, stores.Azurite.NewAccount());
        int writes = 0;
        proxy.Fault = request =>
        {
            if (HttpMethods.IsPost(request.Method) && StorageProxy.Concerns(request, "Audit"))
            {
                Interlocked.Increment(ref writes);
            }

            return ProxyFault.None;
        };
        var fresh = new TableAuditLog(new StorageTables(proxy.ConnectionString, TimeSpan.FromSeconds(5)), clock);
        await fresh.AppendAsync(Entry("lone", Noon), CancellationToken.None);
        Assert.Equal(1, writes);

        Task[] following = [.. Enumerable.Range(0, 10).Select(number => fresh.AppendAsync(Entry($"{number}", Noon), CancellationToken.None))];
        clock.Advance(TimeSpan.FromMilliseconds(20));
        await Task.WhenAll(following);
        Assert.Equal(2, writes);

        clock.Advance(TimeSpan.FromMilliseconds(50));
        await fresh.AppendAsync(Entry("lone again", Noon), CancellationToken.None);
        Assert.Equal(3, writes);
    }

    [Fact]
    public async Task Entries_of_any_time_come_newest_first_page_by_page()
    {
        var fresh = new TableAuditLog(
            new StorageTables(AzuriteServer.ConnectionStringFor(stores.Azurite.Ports, stores.Azurite.NewAccount()), TimeSpan.FromSeconds(5)), TimeProvider.System);
        DateTimeOffset[] times =
        [
            DateTimeOffset.MinValue, DateTimeOffset.MaxValue, DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1),
            .. Enumerable.Range(0, 40).Select(index => Noon.AddMinutes(-index * index * 17)),
        ];
        foreach (DateTimeOffset time in times)
        {
            await fresh.AppendAsync(Entry(Timestamps.Format(time), time), CancellationToken.None);
        }

        foreach (int limit in new[] { 1, 7, 45, 500 })
        {
            Assert.Equal(times.Select(Timestamps.Format).OrderDescending(StringComparer.Ordinal), await IdsAsync(new AuditQuery(), limit, fresh));
        }
    }

    [Fact]
    public async Task Every_range_of_time_gives_the_entries_in_it()
    {
        DateTimeOffset[] times = [.. Enumerable.Range(0, 12).Select(index => Noon.AddMinutes(index * 25))];
        foreach (DateTimeOffset time in times)
        {
            await log.AppendAsync(Entry(Timestamps.Format(time), time), CancellationToken.None);
        }

        await Gen.Select(Gen.Int[-10, 310], Gen.Int[-10, 310]).SampleAsync(
            async (from, to) =>
            {
                var query = new AuditQuery { UserId = user, From = Noon.AddMinutes(from), To = Noon.AddMinutes(to) };

                Assert.Equal(
                    times.Where(time => time >= query.From && time <= query.To).Select(Timestamps.Format).OrderDescending(StringComparer.Ordinal),
                    await IdsAsync(query));
            },
            iter: 30);
    }

    [Theory]
    [InlineData("' or 1 eq 1 or '")]
    [InlineData("ü")]
    public async Task A_filter_is_a_value_and_nothing_else(string text)
    {
        await log.AppendAsync(Entry(text, Noon) with { CorrelationId = text, UserId = user }, CancellationToken.None);
        await log.AppendAsync(Entry("other", Noon), CancellationToken.None);

        Assert.Equal([text], await IdsAsync(new AuditQuery { UserId = user, CorrelationId = text }));
        Assert.Empty(await IdsAsync(new AuditQuery { UserId = user + text }));
    }

    [Fact]
    public async Task A_token_that_this_list_did_not_give_is_refused()
    {
        foreach (string token in new[] { "x", ContinuationToken.Of("x"), ContinuationToken.Of("file:1/2"), ContinuationToken.Of("2026030112") })
        {
            Assert.IsType<Failure.Rejected>((await log.ReadAsync(new AuditQuery(), new PageRequest(10, token), CancellationToken.None)).Failure);
        }
    }

    private async Task<List<string>> IdsAsync(AuditQuery query, int limit = 50, TableAuditLog? other = null)
    {
        List<string> ids = [];
        for (string? token = null; ;)
        {
            Page<AuditEntry> page = (await (other ?? log).ReadAsync(query, new PageRequest(limit, token), CancellationToken.None)).Value;
            Assert.True(page.Items.Count <= limit);
            ids.AddRange(page.Items.Select(entry => entry.EventId[..^37]));
            if ((token = page.ContinuationToken) is null)
            {
                return ids;
            }
        }
    }

    private AuditEntry Entry(string eventId, DateTimeOffset time, string filename = "a.txt") => AuditActions.Describe(new DomainEvent
    {
        Id = $"{eventId} {user}",
        Type = EventTypes.FileUploaded,
        Timestamp = Timestamps.ToMilliseconds(time),
        Payload = JsonElement.Parse($$"""{"fileId":"f","filename":"{{filename}}","uploadedBy":"{{user}}"}"""),
        Metadata = new EventMetadata { Service = "test", Version = "1" },
    });
}
