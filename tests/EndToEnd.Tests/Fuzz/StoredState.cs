using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Blobs;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>
/// All stored data of users. It checks that an accepted request explains each change, so that a refused request has changed
/// nothing.
/// </summary>
internal sealed class StoredState(GatewayApplication gateway)
{
    private readonly TableClient _gateway = new(gateway.Azurite.ConnectionString, "Gateway");
    private Dictionary<(string Partition, string Row), (string ETag, JsonElement? Body)> _rows = [];

    // The clean-up of a deleted user goes on after the response.
    private readonly HashSet<string> _deleted = [];

    /// <summary>The ids of all committed events.</summary>
    public HashSet<string> EventIds { get; } = [];

    /// <summary>The users whose sessions the test itself puts into storage.</summary>
    public ConcurrentDictionary<string, bool> MadeUsers { get; } = new();

    /// <summary>Takes the current state as the start.</summary>
    public async Task BeginAsync()
    {
        _rows = await ReadAsync();
        EventIds.UnionWith(_rows.Where(
            row => row.Key.Row.StartsWith("event:", StringComparison.Ordinal) && row.Value.Body is not null).Select(row => row.Value.Body!.Value.Text("id")));
        // Audit lines without an event come from the preparation of the test.
        EventIds.UnionWith((await AuditAsync()).Select(line => line.Entry.Text("eventId")));
    }

    /// <summary>Compares the current state with the previous one.</summary>
    /// <param name="exchanges">The requests in between, with their responses.</param>
    /// <returns>The changes that no accepted request explains.</returns>
    public async Task<IReadOnlyList<string>> UnexplainedAsync(IReadOnlyCollection<Exchange> exchanges)
    {
        var before = _rows;
        _rows = await ReadAsync();
        (string Partition, string Row)[] changed =
        [
            .. _rows.Where(row => !before.TryGetValue(row.Key, out var old) || old.ETag != row.Value.ETag).Select(row => row.Key),
            .. before.Keys.Where(key => !_rows.ContainsKey(key)),
        ];
        var accepted = exchanges.Where(exchange => exchange.IsAccepted).Select(exchange => exchange.Response!.CorrelationId!).ToHashSet();
        var rejected = exchanges.Where(exchange => IsFailedLogin(exchange)).Select(exchange => exchange.Response!.CorrelationId).ToHashSet();
        // A request without a response, or for which a dependency did not respond in time, may have succeeded.
        var unanswered = exchanges.Where(exchange => exchange.Response is null or { Status: 503 }).Select(
            exchange => exchange.Request.Number.ToString(CultureInfo.InvariantCulture)).ToHashSet();
        // So may one with a changed byte in the header with the correlation id, which then gets another.
        var unnamed = exchanges.Where(exchange => exchange.Response is null or { Status: 503 } && exchange.Request is { Kind: "wire", By: not null }).Select(exchange => exchange.Request.By!.User.Id).ToHashSet();
        var named = exchanges.Where(exchange => exchange.IsAccepted).Select(exchange => $"{exchange.Request.Target} {exchange.Response!.Json()}").ToArray();
        List<string> unexplained = [];
        HashSet<(string Partition, string Id)> told = [];
        foreach (var (partition, row) in changed.Where(key => key.Row.StartsWith("event:", StringComparison.Ordinal) && key.Partition != "system"))
        {
            if (!_rows.TryGetValue((partition, row), out var stored) || stored.Body is not { } domainEvent)
            {
                // An abort marker: its event never commits.
                continue;
            }
            EventIds.Add(domainEvent.Text("id"));
            var correlationId = domainEvent.TryGetProperty("correlationId", out var id) ? id.GetString()! : "";
            var isUnnamed = !correlationId.StartsWith("fuzz-", StringComparison.Ordinal) && domainEvent.At("metadata").TryGetProperty("userId", out var by) && unnamed.Contains(by.GetString()!);
            if (!isUnnamed && !accepted.Contains(correlationId) && !unanswered.Contains(correlationId.Split('-')[^1]) && !(domainEvent.Text("type") == "auth.failed" && rejected.Contains(correlationId)))
            {
                unexplained.Add($"An event of no accepted request: {domainEvent}");
            }
            foreach (var field in domainEvent.At("payload").EnumerateObject().Where(
                field => field.Name.EndsWith("Id", StringComparison.Ordinal) && field.Value.ValueKind == JsonValueKind.String))
            {
                told.Add((partition, field.Value.GetString()!));
            }
        }

        foreach (var (partition, row) in changed.Where(key => !key.Row.StartsWith("event:", StringComparison.Ordinal)))
        {
            var kind = row.Split(':')[0];
            var id = row.Contains(':', StringComparison.Ordinal) ? row.Split(':')[1] : partition.Split(':')[^1];
            var isExplained = kind switch
            {
                "file" or "hist" or "command" or "workflow" => told.Contains((partition, id)),
                // Each use of a session moves its end; each use of a key moves its last use.
                "session" => told.Contains((partition, id)) || IsSameBut(
                    before, partition, row, "lastSeenAt", "expiresAt") || MadeUsers.ContainsKey(partition.Split(':')[^1]),
                "apikey" => told.Contains((partition, id)) || IsSameBut(before, partition, row, "lastUsedAt"),
                // These have no event: the response or the path names them.
                "profile" => named.Any(text => text.Contains(id, StringComparison.Ordinal)) || MadeUsers.ContainsKey(id) || _deleted.Contains(id),
                "deletion" => named.Any(text => text.Contains(id, StringComparison.Ordinal)) || _deleted.Contains(id),
                // A counter changes with the counted items, and their change has an event.
                "usage" => told.Any(each => each.Partition == partition),
                "idem" => named.Length > 0,
                "lockout" => true,
                "health" => partition == "system",
                _ when partition.StartsWith("username:", StringComparison.Ordinal) => named.Any(text => text.Contains("users", StringComparison.OrdinalIgnoreCase)),
                _ when partition.StartsWith("apikey:", StringComparison.Ordinal) => told.Any(each => each.Id == id),
                _ => false,
            };
            if (isExplained && kind == "deletion")
            {
                _deleted.Add(id);
            }
            if (!isExplained)
            {
                unexplained.Add($"A row that no accepted request changed: {partition} {row} {(_rows.TryGetValue((partition, row), out var now) ? now.Body : null)}");
            }
        }
        return unexplained;
    }

    // A wrong current password is a failed login too, with status 400.
    private static bool IsFailedLogin(Exchange exchange) =>
        exchange.Response?.Status == 401 || (exchange.Response?.Status == 400 && exchange.Request.Target.Contains("password", StringComparison.OrdinalIgnoreCase));

    /// <summary>The audit lines that belong neither to a committed event nor to an allowed act of an administrator.</summary>
    /// <param name="acceptedCorrelationIds">Those of the requests that succeeded.</param>
    /// <param name="allowedCorrelationIds">
    /// Also those of allowed requests that found nothing to change, because an administrator's act is audited before it happens.
    /// </param>
    public async Task<IReadOnlyList<string>> UnexplainedAuditAsync(IReadOnlySet<string> acceptedCorrelationIds, IReadOnlySet<string> allowedCorrelationIds) =>
    [
        .. (await AuditAsync())
            .Where(line => !EventIds.Contains(line.Entry.Text("eventId")))
            .Where(line => !(line.Entry.Text("type").StartsWith("users.", StringComparison.Ordinal) ? allowedCorrelationIds : acceptedCorrelationIds).Contains(line.CorrelationId))
            .Where(line => !line.Entry.Text("type").StartsWith("system.", StringComparison.Ordinal))
            .Select(line => $"An audit line of no accepted request: {line.Entry}"),
    ];

    /// <summary>The number of committed events that are not yet in the audit log.</summary>
    public async Task<int> UnauditedAsync()
    {
        var missing = EventIds.ToHashSet();
        missing.ExceptWith((await AuditAsync()).Select(line => line.Entry.Text("eventId")));
        return missing.Count;
    }

    /// <summary>The stored contents that belong to no version of a file.</summary>
    public async Task<IReadOnlyList<string>> UnexplainedContentAsync()
    {
        List<string> unexplained = [];
        // By file and hash: when two requests write at once, one gets a later version than its content's name says.
        var told = _rows.Values
            .Where(row => row.Body is { } body && body.TryGetProperty("payload", out var payload) && payload.TryGetProperty("sha256", out _))
            .CountBy(row => (row.Body!.Value.Text("payload", "fileId"), row.Body!.Value.Text("payload", "sha256")))
            .ToDictionary();
        var contents = new BlobContainerClient(gateway.Azurite.ConnectionString, "files");
        await foreach (var blob in contents.GetBlobsAsync())
        {
            // {userId}/{fileId}/{version}-{random}
            var content = await contents.GetBlobClient(blob.Name).DownloadContentAsync();
            var version = (blob.Name.Split('/')[1], Convert.ToHexStringLower(SHA256.HashData(content.Value.Content)));
            if (!told.TryGetValue(version, out var left) || left == 0)
            {
                unexplained.Add($"Content that no version of a file has: {blob.Name}");
            }
            told[version] = left - 1;
        }
        return unexplained;
    }

    private bool IsSameBut(Dictionary<(string, string), (string ETag, JsonElement? Body)> before, string partition, string row, params string[] fields)
    {
        return before.TryGetValue((partition, row), out var old) && _rows.TryGetValue((partition, row), out var now)
            && Flat(old.Body!.Value).SequenceEqual(Flat(now.Body!.Value));

        IEnumerable<string> Flat(JsonElement json) => json.EnumerateObject()
            .SelectMany(field => field.Value.ValueKind == JsonValueKind.Object ? Flat(field.Value) : fields.Contains(field.Name) ? [] : [$"{field.Name}={field.Value}"]);
    }

    private async Task<List<(JsonElement Entry, string CorrelationId)>> AuditAsync()
    {
        List<(JsonElement, string)> lines = [];
        await foreach (var row in new TableClient(gateway.Azurite.ConnectionString, "Audit").QueryAsync<TableEntity>())
        {
            lines.Add((JsonDocument.Parse(row.GetBinary("Entry")).RootElement, row.GetString("CorrelationId") ?? ""));
        }
        return lines;
    }

    private async Task<Dictionary<(string, string), (string, JsonElement?)>> ReadAsync()
    {
        Dictionary<(string, string), (string, JsonElement?)> rows = [];
        await foreach (var row in _gateway.QueryAsync<TableEntity>())
        {
            rows[(row.PartitionKey, row.RowKey)] = (row.ETag.ToString(), row.GetBinary("Body") is { } body ? JsonDocument.Parse(body).RootElement : null);
        }
        return rows;
    }
}
