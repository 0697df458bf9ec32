using System.Globalization;
using System.Text;
using Azure.Data.Tables;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Storage;
using StackExchange.Redis;

namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>
/// Storage and Redis as commit a333691 leaves them, the last one with a single journal: logs without shards, one row of state and one epoch for each
/// consumer. The rows are written out, since the code of today cannot write them.
/// </summary>
/// <param name="account">The connection string of the storage account.</param>
/// <param name="database">The database of Redis.</param>
/// <param name="user">The user whose events these are.</param>
internal sealed class EarlierLayout(string account, IDatabase database, string user)
{
    private const string Journal = "{events}:journal";

    private static readonly string[] Consumers = ["audit", "notifications", "orchestrator"];

    /// <summary>Writes the state of each consumer, as its last tick does.</summary>
    public async Task AddTickAsync(DateTimeOffset tick)
    {
        foreach (string consumer in Consumers)
        {
            await AddAsync("Consumers", new TableEntity(consumer, "state")
            {
                ["LowWater"] = tick, ["Beat"] = tick.ToUnixTimeMilliseconds(), ["HeldUntil"] = tick,
            });
            await database.StringSetAsync($"{{events}}:epoch:{consumer}", tick.ToUnixTimeMilliseconds());
            await database.StringSetAsync($"{{events}}:missing:{consumer}", 0);
            await database.HashSetAsync($"{{events}}:stats:{consumer}", "delivered", 1);
            await database.StreamCreateConsumerGroupAsync(Journal, consumer, "0");
        }

        await database.StringSetAsync("{events}:trimmed", 12);
    }

    /// <summary>Writes what a committed and published event leaves.</summary>
    /// <param name="type">The type of the event, of a file.</param>
    /// <param name="time">Its time.</param>
    /// <param name="isLogged">Whether the relay has logged it; otherwise the outbox has its entry.</param>
    /// <param name="isAudited">Whether the audit log has its line.</param>
    /// <returns>The event's id.</returns>
    public async Task<string> AddEventAsync(string type, DateTimeOffset time, bool isLogged = true, bool isAudited = false)
    {
        string id = Guid.CreateVersion7(time).ToString();
        (string action, string actor) = type switch
        {
            EventTypes.FileUploaded => ("file.upload", "uploadedBy"),
            EventTypes.FileUpdated => ("file.update", "updatedBy"),
            _ => ("file.delete", "deletedBy"),
        };
        string timestamp = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string details = type == EventTypes.FileDeleted ? "" : """
            "size":1,"contentType":"text/plain","sha256":"s",
            """;
        string body = $$$"""
            {"id":"{{{id}}}","type":"{{{type}}}","timestamp":"{{{timestamp}}}","payload":{"fileId":"{{{id}}}","filename":"a.txt",{{{details}}}"version":1,"{{{actor}}}":"{{{user}}}"},"metadata":{"service":"mcp-gateway","version":"1.0.0","userId":"{{{user}}}"}}
            """;
        await AddAsync("Gateway", new TableEntity($"user:{user}", $"event:{id}") { ["Kind"] = "event", ["Body"] = Encoding.UTF8.GetBytes(body) });
        string hour = time.UtcDateTime.ToString("yyyyMMddHH", CultureInfo.InvariantCulture);
        await AddAsync(isLogged ? "Log" : "Pending", isLogged
            ? new TableEntity(hour, id)
            {
                ["EventId"] = id, ["Type"] = type, ["Partition"] = $"user:{user}", ["EventTime"] = time, ["IsAbortMarker"] = false,
            }
            : new TableEntity(StorageTables.PendingShardOf(id), id) { ["Partition"] = $"user:{user}", ["EventIds"] = id });
        if (isAudited)
        {
            string entry = $$"""
                {"eventId":"{{id}}","type":"{{type}}","action":"{{action}}","timestamp":"{{timestamp}}","userId":"{{user}}","resourceId":"{{id}}","event":{{body}} }
                """;
            string ticks = (DateTimeOffset.MaxValue.UtcTicks - time.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);
            await AddAsync("Audit", new TableEntity(hour, $"{ticks}-{id}")
            {
                ["Type"] = type, ["UserId"] = user, ["ResourceId"] = id, ["Entry"] = Encoding.UTF8.GetBytes(entry),
            });
        }

        await database.StreamAddAsync(Journal, "event", body);
        await database.StringSetAsync($"{{events}}:pub:{id}", "1:0123456789abcdef0123456789abcdef", TimeSpan.FromHours(1));
        return id;
    }

    private async Task AddAsync(string name, TableEntity row)
    {
        var table = new TableClient(account, name);
        await table.CreateIfNotExistsAsync();
        await table.AddEntityAsync(row);
    }
}
