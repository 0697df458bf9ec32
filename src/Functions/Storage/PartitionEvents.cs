using System.Globalization;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Storage;

/// <summary>The events of one partition, from which rebuilds start.</summary>
/// <param name="tables">The tables.</param>
/// <param name="logger">Logs damaged rows.</param>
public sealed partial class PartitionEvents(StorageTables tables, ILogger<PartitionEvents> logger)
{
    /// <summary>Reads the events since a time. Ids are UUIDv7 and sort by time, so they are one range of the partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="since">The time.</param>
    /// <returns>The events, the oldest first.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async IAsyncEnumerable<DomainEvent> ReadAsync(string partition, DateTimeOffset since)
    {
        string milliseconds = since.ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture);
        string from = $"event:{milliseconds[..8]}-{milliseconds[8..]}";
        string filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey ge {from} and RowKey lt {"event;"}");
        await foreach (TableEntity row in tables.QueryAsync(StorageTables.Gateway, filter, CancellationToken.None))
        {
            (DomainEvent? domainEvent, UnreadableEvent? unreadable) = GatewayRow.ReadEvent(row);
            if (domainEvent is not null)
            {
                yield return domainEvent;
            }
            else if (unreadable is not null)
            {
                LogUnreadable(unreadable);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Unreadable} The rebuild leaves it out. Repair the row, then replay the events of its time.")]
    private partial void LogUnreadable(UnreadableEvent unreadable);
}
