using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Storage;

/// <summary>
/// Rows of the Gateway table: <c>Kind</c> names the kind of row, <c>Body</c> holds UTF-8 JSON. The body is binary, since a
/// text property counts each character twice against the limit of 64 KiB.
/// </summary>
internal static class GatewayRow
{
    /// <summary>The kind of rows that hold an event.</summary>
    public const string Event = "event";

    /// <summary>The kind of abort markers, which prevent the commit of an event.</summary>
    public const string AbortMarker = "fence";

    /// <summary>The prefix of the row keys of events.</summary>
    public const string EventPrefix = "event:";

    private const string Kind = "Kind";
    private const string Body = "Body";

    /// <summary>The row key of an event.</summary>
    public static string EventKey(string eventId) => EventPrefix + KeyPart.Of(eventId);

    /// <summary>A row of state.</summary>
    public static TableEntity Of(string partition, string key, object value, StoredJson json) => new(partition, key)
    {
        [Kind] = key.Split(':')[0],
        [Body] = JsonSerializer.SerializeToUtf8Bytes(value, json.InfoOf(value.GetType())),
    };

    /// <summary>A row of an event.</summary>
    public static TableEntity Of(string partition, DomainEvent domainEvent) => new(partition, EventKey(domainEvent.Id))
    {
        [Kind] = Event,
        [Body] = EventParser.Write(domainEvent),
    };

    /// <summary>An abort marker: a row in the place of an event, so that its transaction can no longer commit.</summary>
    public static TableEntity AbortMarkerOf(string partition, string eventId) => new(partition, EventKey(eventId)) { [Kind] = AbortMarker };

    /// <summary>Whether a row is an abort marker.</summary>
    public static bool IsAbortMarker(TableEntity row) => row.TryGetValue(Kind, out object? kind) && kind is AbortMarker;

    /// <summary>Reads the event of a row. Reports a row that is neither an event nor an abort marker, which somebody must have changed.</summary>
    public static (DomainEvent? Event, UnreadableEvent? Unreadable) ReadEvent(TableEntity row)
    {
        if (IsAbortMarker(row))
        {
            return (null, null);
        }

        byte[] body = row.TryGetValue(Body, out object? value) && value is byte[] bytes ? bytes : [];
        if (EventParser.TryRead(body, out DomainEvent domainEvent, out string problem) && EventKey(domainEvent.Id) != row.RowKey)
        {
            problem = "its id is another one";
        }

        return problem.Length == 0 ? (domainEvent, null) : (null, new UnreadableEvent(row.PartitionKey, row.RowKey, body, problem));
    }

    /// <summary>Reads a row of state.</summary>
    public static Stored<T> Read<T>(TableEntity row, StoredJson json)
        where T : class
    {
        T? value = JsonSerializer.Deserialize(row.GetBinary(Body), (JsonTypeInfo<T>)json.InfoOf(typeof(T)));
        return new Stored<T>(row.RowKey, value!, row.ETag.ToString());
    }

    /// <summary>The writes of a transaction to rows of state, in order.</summary>
    public static IEnumerable<TableTransactionAction> WritesOf(Transaction transaction, StoredJson json)
    {
        foreach (StateWrite write in transaction.Writes)
        {
            yield return write.Kind switch
            {
                StateWriteKind.Insert => new TableTransactionAction(
                    TableTransactionActionType.Add, Of(transaction.Partition, write.Key, write.Value!, json)),
                StateWriteKind.Replace => new TableTransactionAction(
                    TableTransactionActionType.UpdateReplace, Of(transaction.Partition, write.Key, write.Value!, json), new ETag(write.ETag!)),
                StateWriteKind.Delete => new TableTransactionAction(
                    TableTransactionActionType.Delete, new TableEntity(transaction.Partition, write.Key), new ETag(write.ETag!)),
                _ => throw new ArgumentOutOfRangeException(nameof(transaction), write.Kind, "This is not a kind of write."),
            };
        }
    }
}
