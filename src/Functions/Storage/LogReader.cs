using Azure.Data.Tables;

namespace McpFunctions.Functions.Storage;

/// <summary>
/// Reads the log page by page. It keeps the rows that storage gave beyond a page, so storage sends each row of a long walk once. Rows that are
/// written while a walk is under way may be missing from it, as from the pages that are read already.
/// </summary>
/// <param name="lines">The rows of the log.</param>
/// <param name="expected">The number of rows that the caller will probably take in all.</param>
public sealed class LogReader(HourTable lines, int expected) : IAsyncDisposable
{
    private (DateTimeOffset From, DateTimeOffset To, string? Cursor) place;
    private IAsyncEnumerator<TableEntity[]>? rest;

    /// <summary>Reads a page of the log, oldest first.</summary>
    /// <param name="from">The oldest event time. The search reads whole hours.</param>
    /// <param name="to">The newest event time.</param>
    /// <param name="cursor">The end of the previous page; null for the first page.</param>
    /// <param name="limit">The most lines.</param>
    /// <param name="cancellationToken">Cancels the operation, and all later pages of the same walk.</param>
    /// <returns>The page.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<LogPage> ReadAsync(DateTimeOffset from, DateTimeOffset to, string? cursor, int limit, CancellationToken cancellationToken)
    {
        IAsyncEnumerator<TableEntity[]>? walk = rest;
        // After a failure, the enumerator would look like the end of the log. So the next call begins anew.
        rest = null;
        if (walk is null || place != (from, to, cursor))
        {
            await (walk?.DisposeAsync() ?? ValueTask.CompletedTask);
            string[]? start = cursor?.Split('/');
            walk = lines.ReadAsync(start?[0] ?? Hours.Of(from), Hours.Of(to), start?[1], expected, cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
        }

        List<LogEntry> entries = [];
        string? next = null;
        bool isMore = true;
        try
        {
            for (int count = 0; count < limit && (isMore = await walk.MoveNextAsync()); count++)
            {
                LogEntry entry = EventLog.EntryOf(walk.Current);
                next = $"{Hours.In(walk.Current[0].PartitionKey)}/{walk.Current[0].RowKey}";
                if (entry.Timestamp >= from && entry.Timestamp <= to)
                {
                    entries.Add(entry);
                }
            }
        }
        catch
        {
            await walk.DisposeAsync();
            throw;
        }

        if (!isMore)
        {
            await walk.DisposeAsync();
            return new LogPage(entries, null);
        }

        (place, rest) = ((from, to, next), walk);
        return new LogPage(entries, next);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => rest?.DisposeAsync() ?? ValueTask.CompletedTask;
}
