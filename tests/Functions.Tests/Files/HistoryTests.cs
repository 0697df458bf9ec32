using System.Text;
using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Files;

public sealed class HistoryTests
{
    [Fact]
    public async Task A_history_names_the_events_of_its_file_and_shows_them_whenever_they_happened()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(-2));
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        FileService files = harness.Get<FileService>();
        var actor = new Actor(Guid.NewGuid().ToString(), "test");
        string id = (await files.UploadAsync(actor, One("0.txt"), CancellationToken.None)).Value[0].Id;
        await files.RenameAsync(actor, id, null, "1.txt", CancellationToken.None);
        time.Advance(TimeSpan.FromDays(1));
        await files.UploadAsync(actor, One("another.txt"), CancellationToken.None);
        await files.RenameAsync(actor, id, null, "2.txt", CancellationToken.None);
        time.Advance(TimeSpan.FromDays(1));
        await files.RenameAsync(actor, id, null, "3.txt", CancellationToken.None);

        DomainEvent[] history = await PagesAsync(files, actor.UserId, id, 3);
        Assert.Equal(["3.txt", "2.txt", "1.txt", "0.txt"], history.Select(each => each.Payload.Text("filename")));
        Assert.Equal(history.Select(each => $$"""{"eventId":"{{each.Id}}"}"""), await RowsAsync(harness, id));
    }

    private static async IAsyncEnumerable<IncomingFile> One(string name)
    {
        await Task.Yield();
        yield return new IncomingFile(name, "text/plain", new MemoryStream("text"u8.ToArray()));
    }

    private static async Task<DomainEvent[]> PagesAsync(FileService files, string userId, string id, int limit)
    {
        List<DomainEvent> events = [];
        string? token = null;
        do
        {
            Domain.Page<DomainEvent> page = (await files.HistoryAsync(userId, id, new PageRequest(limit, token), CancellationToken.None)).Value;
            events.AddRange(page.Items);
            token = page.ContinuationToken;
        }
        while (token is not null);
        return [.. events];
    }

    private static async Task<string[]> RowsAsync(DeliveryHarness harness, string id)
    {
        string prefix = FileKeys.HistoryPrefix(id);
        return await harness.Get<StorageTables>()
            .QueryAsync(StorageTables.Gateway, TableClient.CreateQueryFilter($"RowKey ge {prefix} and RowKey lt {prefix + "~"}"), CancellationToken.None)
            .Select(row => Encoding.UTF8.GetString(row.GetBinary("Body")))
            .ToArrayAsync();
    }
}
