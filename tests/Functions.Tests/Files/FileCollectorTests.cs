using System.Text;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Files;
using McpFunctions.Functions.Idempotency;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Files;

public sealed class FileCollectorTests(Stores stores)
{
    private readonly Actor actor = new(Guid.NewGuid().ToString(), "c");
    private readonly TableStateStore state = new(stores.Tables, GatewayFeatures.Stored, new RecentRows(TimeProvider.System));
    private readonly BlobFileContent contents = new(new(stores.Azurite.ConnectionString), TimeSpan.FromSeconds(20));

    [Fact]
    public async Task Content_that_no_file_names_is_deleted_once_it_is_old()
    {
        IdempotencyService idempotency = new(state, stores.Publisher(), new TableIdempotencyIndex(stores.Tables), TimeProvider.System);
        FileService files = new(
            state, stores.Publisher(), new EventLog(stores.Tables, new HourShards(4), NullLogger<EventLog>.Instance), idempotency, contents, new FileLimits(100), Domain.Quotas.QuotaLimits.Default, TimeProvider.System);
        FileRow kept = await UploadAsync(files, "kept");
        FileRow replaced = await UploadAsync(files, "replaced");
        FileRow deleted = await UploadAsync(files, "deleted");
        await files.ReplaceContentAsync(actor, replaced.File.Id, null, new IncomingFile(null, null, Bytes("new")), CancellationToken.None);
        await files.DeleteAsync(actor, deleted.File.Id, null, CancellationToken.None);
        string orphan = FileKeys.NewContent(actor.UserId, Guid.NewGuid().ToString(), 1);
        await (await contents.ReceiveAsync(orphan, Bytes("orphan"), CancellationToken.None)).StoreAsync(CancellationToken.None);
        FileRow current = (await files.FindAsync(actor.UserId, replaced.File.Id, CancellationToken.None)).Value;
        Dictionary<string, string> names = new()
        {
            ["kept"] = kept.Content,
            ["replaced"] = replaced.Content,
            ["current"] = current.Content,
            ["deleted"] = deleted.Content,
            ["orphan"] = orphan,
        };

        await CollectAsync(FileCollector.MinAge / 2);
        Assert.Equal(names.Keys, await ExistingAsync(names));

        await CollectAsync(FileCollector.MinAge + TimeSpan.FromMinutes(1));
        Assert.Equal(["kept", "current"], await ExistingAsync(names));
    }

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private async Task<FileRow> UploadAsync(FileService files, string name)
    {
        IReadOnlyList<FileRecord> stored = (await files.UploadAsync(
            actor, new[] { new IncomingFile(name, null, Bytes(name)) }.ToAsyncEnumerable(), CancellationToken.None)).Value;
        return (await files.FindAsync(actor.UserId, stored[0].Id, CancellationToken.None)).Value;
    }

    private Task<int> CollectAsync(TimeSpan later) =>
        new FileCollector(state, contents, new FakeTimeProvider(DateTimeOffset.UtcNow + later)).CollectAsync(CancellationToken.None);

    private async Task<List<string>> ExistingAsync(Dictionary<string, string> names)
    {
        List<string> existing = [];
        foreach ((string name, string content) in names)
        {
            try
            {
                await using Stream stream = contents.Open(content, 1);
                await stream.ReadExactlyAsync(new byte[1]);
                existing.Add(name);
            }
            catch (FileNotFoundException)
            {
                // It was collected.
            }
        }

        return existing;
    }
}
