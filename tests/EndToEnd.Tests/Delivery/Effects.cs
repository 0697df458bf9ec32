using System.Text.Json;
using Azure.Data.Tables;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>
/// A user's committed events, and their effects in the three consumers. The events are read directly from storage: its rows
/// are the truth, whatever the responses said.
/// </summary>
internal sealed record Effects
{
    /// <summary>The ids of the committed events.</summary>
    public required HashSet<string> Committed { get; init; }

    /// <summary>The event ids in the audit log, with repetitions.</summary>
    public required IReadOnlyList<string> Audited { get; init; }

    /// <summary>The event ids in the inbox, with repetitions.</summary>
    public required IReadOnlyList<string> Notified { get; init; }

    /// <summary>The current files: id, name and version.</summary>
    public required HashSet<string> Files { get; init; }

    /// <summary>The files in the context: id, name and version.</summary>
    public required HashSet<string> ContextFiles { get; init; }

    /// <summary>The number of events that a consumer missed, and of files that the context shows wrongly or not at all.</summary>
    public int Lost => Committed.Except(Audited).Union(Committed.Except(Notified)).Count() + Files.Except(ContextFiles).Count();

    /// <summary>The number of effects that happened twice or without a committed event.</summary>
    public int Surplus =>
        Audited.Count - Audited.Intersect(Committed).Count() + Notified.Count - Notified.Intersect(Committed).Count() + ContextFiles.Except(Files).Count();

    /// <summary>Reads events and effects.</summary>
    public static async Task<Effects> ReadAsync(GatewayApplication gateway, GatewayUser user, DateTimeOffset since) => new()
    {
        Committed = await CommittedIdsAsync(gateway, user),
        Audited = await AuditedAsync(gateway, user, since),
        Notified = await NotifiedAsync(user),
        Files = [.. (await user.FilesAsync()).Select(file => $"{file.Text("id")} {file.Text("filename")} {file.Number("version")}")],
        ContextFiles = [.. (await user.ContextAsync()).Items("files").Select(file => $"{file.Text("fileId")} {file.Text("filename")} {file.Number("version")}")],
    };

    /// <summary>The ids of the committed events.</summary>
    public static async Task<HashSet<string>> CommittedIdsAsync(GatewayApplication gateway, GatewayUser user)
    {
        HashSet<string> ids = [];
        await foreach (var row in new TableClient(gateway.Azurite.ConnectionString, "Gateway").QueryAsync<TableEntity>(
            $"{EventsOf(user)} and Kind eq 'event'", select: ["RowKey"], cancellationToken: TestContext.Current.CancellationToken))
        {
            ids.Add(row.RowKey["event:".Length..]);
        }
        return ids;
    }

    /// <summary>The committed events by id.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonElement>> CommittedAsync(GatewayApplication gateway, GatewayUser user)
    {
        var rows = new TableClient(gateway.Azurite.ConnectionString, "Gateway").QueryAsync<TableEntity>(
            EventsOf(user), cancellationToken: TestContext.Current.CancellationToken);
        var committed = new Dictionary<string, JsonElement>();
        await foreach (var row in rows)
        {
            if (row.GetString("Kind") == "event")
            {
                var domainEvent = JsonDocument.Parse(row.GetBinary("Body")).RootElement;
                committed.Add(domainEvent.Text("id"), domainEvent);
            }
        }
        return committed;
    }

    /// <summary>The number of a user's outbox entries.</summary>
    public static async Task<int> PendingAsync(GatewayApplication gateway, GatewayUser user)
    {
        var count = 0;
        await foreach (var row in new TableClient(gateway.Azurite.ConnectionString, "Pending").QueryAsync<TableEntity>(
            $"Partition eq 'user:{user.Id}'", select: ["RowKey"], cancellationToken: TestContext.Current.CancellationToken))
        {
            count++;
        }
        return count;
    }

    /// <summary>The event ids in the audit log, with repetitions.</summary>
    public static async Task<IReadOnlyList<string>> AuditedAsync(GatewayApplication gateway, GatewayUser user, DateTimeOffset since)
    {
        List<string> ids = [];
        await foreach (var row in new TableClient(gateway.Azurite.ConnectionString, "Audit").QueryAsync<TableEntity>(
            $"PartitionKey ge '{since.UtcDateTime:yyyyMMddHH}' and UserId eq '{user.Id}'", select: ["RowKey"], cancellationToken: TestContext.Current.CancellationToken))
        {
            // Inverted ticks, a hyphen, and the id.
            ids.Add(row.RowKey[20..]);
        }
        return ids;
    }

    private static string EventsOf(GatewayUser user) => $"PartitionKey eq 'user:{user.Id}' and RowKey ge 'event:' and RowKey lt 'event;'";

    private static async Task<IReadOnlyList<string>> NotifiedAsync(GatewayUser user)
    {
        List<string> ids = [];
        for (long after = 0; ;)
        {
            var page = await user.GetAsync($"notifications?limit=500&after={after}").JsonAsync();
            var items = page.Items("items");
            if (items.Length == 0)
            {
                return ids;
            }
            // Administrators are also notified of health, which is no event of this user.
            ids.AddRange(items.Where(notification => notification.Text("name") != "system:health").Select(notification => notification.Text("eventId")));
            after = page.Number("after");
        }
    }
}
