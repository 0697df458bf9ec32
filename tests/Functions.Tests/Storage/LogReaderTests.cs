using McpFunctions.Domain.Events;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using EventLog = McpFunctions.Functions.Storage.EventLog;

namespace McpFunctions.Functions.Tests.Storage;

public sealed class LogReaderTests(Stores stores)
{
    private const int Shards = 4;
    private const int Lines = 2_400;
    private const int PageLimit = 100;

    private static readonly DateTimeOffset From = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = From.AddHours(1);

    [Fact]
    public async Task A_walk_has_every_line_once_and_reads_each_from_storage_once_whatever_interrupts_it()
    {
        string account = stores.Azurite.NewAccount();
        await using StorageProxy proxy = await StorageProxy.StartAsync(stores.Azurite, account);
        var log = new EventLog(
            new StorageTables(new(proxy.ConnectionString), TimeSpan.FromSeconds(20)), new HourShards(Shards), NullLogger<EventLog>.Instance);
        string[] ids = [.. Enumerable.Range(0, Lines).Select(number => Guid.CreateVersion7(From.AddSeconds(1 + number)).ToString())];
        await log.AppendAsync(ids.Select((id, number) => new LogEntry(id, EventTypes.FileUploaded, "user:a", From.AddSeconds(1 + number))), CancellationToken.None);
        int calls = 0;
        bool isRefused = false;
        proxy.Fault = request =>
        {
            calls += HttpMethods.IsGet(request.Method) && StorageProxy.Concerns(request, StorageTables.Log) ? 1 : 0;
            return isRefused ? ProxyFault.Refuse : ProxyFault.None;
        };

        await using LogReader reader = log.OpenReader();
        (string[] read, string?[] cursors) = await WalkAsync(reader, null);

        Assert.Equal(ids, read);
        // The first shows that the hour is large, another that no other shards are there, and each shard has one or two responses of 1,000 rows.
        Assert.InRange(calls, 1, 2 + (2 * Shards));

        // Another place begins anew, and goes on from there.
        Assert.Equal(ids[1_500..], (await WalkAsync(reader, cursors[14])).Read);
        // Another range too, whose lines lie in the same hour.
        LogPage none = await reader.ReadAsync(To, To.AddHours(1), null, PageLimit, CancellationToken.None);
        Assert.Empty(none.Entries);
        Assert.Null(none.Cursor);

        // A page that fails is not the end.
        LogPage first = await reader.ReadAsync(From, To, null, PageLimit, CancellationToken.None);
        isRefused = true;
        await Assert.ThrowsAnyAsync<Exception>(() => reader.ReadAsync(From, To, cursors[5], PageLimit, CancellationToken.None));
        await Assert.ThrowsAnyAsync<Exception>(() => reader.ReadAsync(From, To, first.Cursor, PageLimit, CancellationToken.None));
        isRefused = false;
        Assert.Equal(ids[100..], (await WalkAsync(reader, first.Cursor)).Read);
    }

    private static async Task<(string[] Read, string?[] Cursors)> WalkAsync(LogReader reader, string? cursor)
    {
        List<string> read = [];
        List<string?> cursors = [];
        do
        {
            LogPage page = await reader.ReadAsync(From, To, cursor, PageLimit, CancellationToken.None);
            read.AddRange(page.Entries.Select(entry => entry.EventId));
            cursors.Add(cursor = page.Cursor);
        }
        while (cursor is not null);

        return ([.. read], [.. cursors]);
    }
}
