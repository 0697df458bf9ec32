using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;

namespace McpFunctions.Functions.Storage;

/// <summary>
/// Reads a table with the partitions of <see cref="HourShards"/> in the order of hours and, within an hour, of row keys. The order does not depend
/// on the shards, so a place in it stays right while the number of shards changes. The same row in two shards of an hour is one place: a row
/// that was written again under another number of shards.
/// </summary>
/// <param name="tables">The tables.</param>
/// <param name="name">The table.</param>
/// <param name="shards">The shards.</param>
/// <param name="responseSize">The most rows of one response of storage.</param>
public sealed class HourTable(StorageTables tables, string name, HourShards shards, int responseSize = HourTable.ResponseSize)
{
    /// <summary>The most rows that storage gives in one response.</summary>
    public const int ResponseSize = 1_000;

    private const int MinPageSize = 10;

    // Hours with more rows than one response holds. Their shards are read side by side; one call reads any other hour.
    private readonly ConcurrentDictionary<string, bool> large = new();

    /// <summary>Reads hours. The rows are fetched as they are asked for.</summary>
    /// <param name="from">The first hour.</param>
    /// <param name="to">The last hour.</param>
    /// <param name="after">The row key in the first hour after which to begin; null for the beginning of the hour.</param>
    /// <param name="expected">The number of rows that the caller will probably take.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The rows by place; usually one for each.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async IAsyncEnumerable<TableEntity[]> ReadAsync(
        string from, string to, string? after, int expected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string end = Hours.EndOf(to);
        string start = from;
        while (string.CompareOrdinal(start, end) < 0)
        {
            string hour = from;
            if (after is null || !large.ContainsKey(from))
            {
                string filter = Between(start, end)
                    + (after is null ? "" : " and (" + TableClient.CreateQueryFilter($"PartitionKey ge {Hours.EndOf(from)} or RowKey gt {after}") + ")");
                (IReadOnlyList<TableEntity> rows, bool areAll) = await tables.FirstResponseAsync(name, filter, responseSize, cancellationToken);
                // Storage stopped in this hour. It may also stop before it has found a row.
                string? stop = areAll ? null
                    : rows.Count > 0 ? Hours.In(rows[^1].PartitionKey)
                    : after is not null ? from
                    : await FirstHourAsync(start, end, cancellationToken);
                foreach (TableEntity[] place in Places(rows.Where(row => Hours.In(row.PartitionKey) != stop)))
                {
                    yield return place;
                }

                if (stop is null)
                {
                    yield break;
                }

                hour = stop;
                if (rows.All(row => Hours.In(row.PartitionKey) == hour))
                {
                    large.TryAdd(hour, true);
                }
            }

            await foreach (TableEntity[] place in ReadHourAsync(hour, hour == from ? after : null, null, expected, cancellationToken))
            {
                yield return place;
            }

            start = Hours.EndOf(hour);
            after = null;
        }
    }

    /// <summary>Reads an hour. The rows are fetched as they are asked for.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="after">The row key after which to begin; null for the beginning of the hour.</param>
    /// <param name="filter">A further OData filter; null for all rows.</param>
    /// <param name="expected">The number of rows that the caller will probably take.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The rows by place; usually one for each.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async IAsyncEnumerable<TableEntity[]> ReadHourAsync(
        string hour, string? after, string? filter, int expected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string condition = (after is null ? "" : " and " + TableClient.CreateQueryFilter($"RowKey gt {after}")) + (filter is null ? "" : $" and {filter}");
        if (!large.ContainsKey(hour))
        {
            (IReadOnlyList<TableEntity> rows, bool areAll) = await tables.FirstResponseAsync(
                name, Between(hour, Hours.EndOf(hour)) + condition, responseSize, cancellationToken);
            if (areAll)
            {
                foreach (TableEntity[] place in Places(rows))
                {
                    yield return place;
                }

                yield break;
            }

            // From now on without this call, whose cost grows with the rows before the place.
            large.TryAdd(hour, true);
        }

        int pageSize = Math.Clamp(2 * expected / shards.Count, Math.Min(MinPageSize, responseSize), responseSize);
        await foreach (TableEntity[] place in MergeAsync(hour, partition => tables.QueryAsync(
            name, TableClient.CreateQueryFilter($"PartitionKey eq {partition}") + condition, pageSize, null, cancellationToken), cancellationToken))
        {
            yield return place;
        }
    }

    /// <summary>Finds the first hour that has rows.</summary>
    /// <param name="from">The first possible key of a partition.</param>
    /// <param name="end">The end of the search, which no partition has.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The hour; null if there are no rows.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<string?> FirstHourAsync(string from, string end, CancellationToken cancellationToken) =>
        await tables.QueryAsync(name, Between(from, end), 1, ["PartitionKey"], cancellationToken).FirstOrDefaultAsync(cancellationToken) is { } row
            ? Hours.In(row.PartitionKey)
            : null;

    // Reads the shards side by side, and takes the next place from those that have it.
    private async IAsyncEnumerable<TableEntity[]> MergeAsync(
        string hour, Func<string, IAsyncEnumerable<TableEntity>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<IAsyncEnumerator<TableEntity>> open = [];
        var next = new PriorityQueue<IAsyncEnumerator<TableEntity>, string>(StringComparer.Ordinal);
        try
        {
            // One call shows that no rows are left from a larger number of shards, as is nearly always true.
            Task<string?> others = shards.Count == HourShards.Max
                ? Task.FromResult<string?>(null)
                : FirstHourAsync(HourShards.PartitionOf(hour, shards.Count), Hours.EndOf(hour), cancellationToken);
            await Task.WhenAll(AdvanceAsync(Open([hour, .. Shards(0, shards.Count)])), others);
            if (await others is not null)
            {
                await AdvanceAsync(Open(Shards(shards.Count, HourShards.Max)));
            }

            while (next.TryDequeue(out IAsyncEnumerator<TableEntity>? first, out string? key))
            {
                List<IAsyncEnumerator<TableEntity>> same = [first];
                while (next.TryPeek(out _, out string? another) && another == key)
                {
                    same.Add(next.Dequeue());
                }

                yield return [.. same.Select(shard => shard.Current)];
                await AdvanceAsync(same);
            }
        }
        finally
        {
            foreach (IAsyncEnumerator<TableEntity> shard in open)
            {
                await shard.DisposeAsync();
            }
        }

        IEnumerable<string> Shards(int from, int to) => Enumerable.Range(from, to - from).Select(shard => HourShards.PartitionOf(hour, shard));

        List<IAsyncEnumerator<TableEntity>> Open(IEnumerable<string> partitions)
        {
            List<IAsyncEnumerator<TableEntity>> opened = [.. partitions.Select(partition => read(partition).GetAsyncEnumerator(cancellationToken))];
            open.AddRange(opened);
            return opened;
        }

        async Task AdvanceAsync(List<IAsyncEnumerator<TableEntity>> some)
        {
            bool[] areThere = await Task.WhenAll(some.Select(shard => shard.MoveNextAsync().AsTask()));
            next.EnqueueRange(some.Where((_, index) => areThere[index]).Select(shard => (shard, shard.Current.RowKey)));
        }
    }

    private static IEnumerable<TableEntity[]> Places(IEnumerable<TableEntity> rows) => rows
        .GroupBy(row => (Hour: Hours.In(row.PartitionKey), row.RowKey), (_, copies) => copies.ToArray())
        .OrderBy(copies => Hours.In(copies[0].PartitionKey), StringComparer.Ordinal)
        .ThenBy(copies => copies[0].RowKey, StringComparer.Ordinal);

    private static string Between(string from, string end) => TableClient.CreateQueryFilter($"PartitionKey ge {from} and PartitionKey lt {end}");
}
