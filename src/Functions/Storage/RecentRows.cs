using System.Collections.Concurrent;
using Azure;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Storage;

/// <summary>
/// Rows as this process last wrote them, so that a user's next request reads none. They are only a guess, since another instance may have written
/// since: storage refuses a write under an old ETag, and then the row is read for a while.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class RecentRows(TimeProvider time)
{
    // A few megabytes. Beyond it all are dropped, and the next requests read.
    private const int MaxRows = 10_000;

    // A user whose requests reach two instances in turn would get each guess refused, and a refusal costs more than a read.
    private static readonly TimeSpan ReadAfterRefusal = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(string Partition, string Key), Known> rows = new();

    /// <summary>The row as this process last wrote it.</summary>
    /// <typeparam name="T">The row's type.</typeparam>
    /// <param name="partition">Its partition.</param>
    /// <param name="key">Its row key.</param>
    /// <returns>The row; null if it must be read.</returns>
    public Stored<T>? Find<T>(string partition, string key)
        where T : class => rows.TryGetValue((partition, key), out Known? known) && known.Row is T row ? new Stored<T>(key, row, known.ETag) : null;

    /// <summary>Notes what a transaction has written.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="responses">The responses of storage, first those to the writes, in their order.</param>
    public void Committed(Transaction transaction, IReadOnlyList<Response> responses)
    {
        for (int index = 0; index < transaction.Writes.Count; index++)
        {
            if (transaction.Writes[index] is { Value: IRememberedRow row } write && responses[index].Headers.ETag is { } etag && MayKnow(transaction, write))
            {
                rows[(transaction.Partition, write.Key)] = new Known(row, etag.ToString(), 0);
            }
        }

        if (rows.Count > MaxRows)
        {
            rows.Clear();
        }
    }

    /// <summary>Forgets the rows of a transaction that storage refused, or whose outcome is unknown.</summary>
    /// <param name="transaction">The transaction.</param>
    public void Refused(Transaction transaction)
    {
        foreach (StateWrite write in transaction.Writes.Where(write => write.Value is IRememberedRow))
        {
            rows[(transaction.Partition, write.Key)] = new Known(null, "", time.GetTimestamp());
        }
    }

    private bool MayKnow(Transaction transaction, StateWrite write) =>
        !rows.TryGetValue((transaction.Partition, write.Key), out Known? known) || known.Row is not null || time.GetElapsedTime(known.RefusedAt) >= ReadAfterRefusal;

    // Without a row: storage refused a write.
    private sealed record Known(IRememberedRow? Row, string ETag, long RefusedAt);
}
