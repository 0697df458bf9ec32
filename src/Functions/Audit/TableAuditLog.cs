using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Telemetry;
using AuditPage = McpFunctions.Domain.Page<McpFunctions.Domain.Audit.AuditEntry>;

namespace McpFunctions.Functions.Audit;

/// <summary>
/// The audit log in the Audit table: by the hour of the event's time, and in it the newest first
/// (row keys begin with inverted ticks).
/// </summary>
/// <param name="tables">The tables.</param>
/// <param name="shards">The partitions of an hour.</param>
/// <param name="time">The clock.</param>
public sealed class TableAuditLog(StorageTables tables, HourShards shards, TimeProvider time) : IAuditLog
{
    private const string Entry = "Entry";
    private const int MaxTaken = 1_000;

    // A search with few matches must not walk the whole log in one call. The caller continues with the token.
    private const int MaxHours = 100;

    // Maximum rows scanned to find which rows of a transaction already exist. They lie close together, but other rows lie between.
    private const int MaxScanned = 1_000;

    // A line that follows another this soon is probably not the last, so it waits for more. At 40 events a second, often two share a transaction.
    private static readonly TimeSpan ComesSoon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CollectFor = TimeSpan.FromMilliseconds(20);

    // Far longer than a transaction takes.
    private static readonly TimeSpan HangingAfter = TimeSpan.FromSeconds(1);

    private readonly HourTable lines = new(tables, StorageTables.Audit, shards);
    private readonly ConcurrentQueue<Append> waiting = new();
    private TaskCompletionSource? collecting;
    private int isCommitting;
    private long appendedAt;
    private long sharedAt;
    private bool areMoreComing;

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => tables.FindAsync(StorageTables.Audit, "probe", "probe", cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> AppendAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        var append = new Append(RowOf(entry), entry.EventId, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        long before = Math.Max(Interlocked.Exchange(ref appendedAt, time.GetTimestamp()), Volatile.Read(ref sharedAt));
        Volatile.Write(ref areMoreComing, before > 0 && time.GetElapsedTime(before) < ComesSoon);
        waiting.Enqueue(append);
        if (waiting.Count >= Transaction.MaxOperations)
        {
            Volatile.Read(ref collecting)?.TrySetResult();
        }

        _ = CommitWaitingAsync();
        return await append.Done.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Outcome<AuditPage>> ReadAsync(AuditQuery query, PageRequest page, CancellationToken cancellationToken)
    {
        Outcome<string?> token = page.After(place => ReadPlace(place) is not null);
        if (token.Failure is { } failure)
        {
            return failure;
        }

        (long Hour, string RowKey)? after = token.Value is { } place ? ReadPlace(place) : null;
        List<AuditEntry> items = [];
        string? last = null;
        long oldest = HourOf(query.From ?? DateTimeOffset.MinValue);
        long newest = HourOf(query.To ?? DateTimeOffset.MaxValue);
        // The clocks of other producers may be ahead. One call shows that nothing lies ahead, as is nearly always true.
        long ahead = Math.Max(oldest, HourOf(time.GetUtcNow()) + 2);
        long? hour = after?.Hour
            ?? await NewestHourAsync(ahead, newest, cancellationToken)
            ?? await NewestHourAsync(oldest, Math.Min(newest, ahead), cancellationToken);
        for (int hours = 0; hour is { } current; hours++)
        {
            if (hours == MaxHours)
            {
                return new AuditPage(items, ContinuationToken.Of($"{TextOf(current)}/"));
            }

            string? afterRowKey = after?.Hour == current ? after?.RowKey : null;
            await foreach (TableEntity[] copies in lines.ReadHourAsync(TextOf(current), afterRowKey, Filter(query), page.Limit + 1 - items.Count, cancellationToken))
            {
                if (items.Count == page.Limit)
                {
                    return new AuditPage(items, ContinuationToken.Of(last!));
                }

                // The log shows what came first, as in a single partition.
                TableEntity row = copies.MinBy(copy => copy.Timestamp)!;
                items.Add(JsonSerializer.Deserialize(row.GetBinary(Entry), AuditJsonContext.Stored.AuditEntry)!);
                last = $"{TextOf(current)}/{row.RowKey}";
            }

            hour = await NewestHourAsync(oldest, current - 1, cancellationToken);
        }

        return new AuditPage(items, null);
    }

    // Group commit: lines that arrive during one transaction share the next, so many lines cost one call.
    private async Task CommitWaitingAsync()
    {
        if (Interlocked.Exchange(ref isCommitting, 1) == 1)
        {
            return;
        }

        try
        {
            while (!waiting.IsEmpty)
            {
                if (Volatile.Read(ref areMoreComing))
                {
                    await CollectAsync();
                }

                List<Append> taken = [];
                while (taken.Count < MaxTaken && waiting.TryDequeue(out Append? append))
                {
                    taken.Add(append);
                }

                try
                {
                    await CommitAllAsync(taken).WaitAsync(HangingAfter, time);
                }
                catch (TimeoutException)
                {
                    // The write continues. A line on which storage hangs must not use up the time of later lines.
                }
            }
        }
        finally
        {
            Volatile.Write(ref isCommitting, 0);
        }

        // A line that arrived after the last check, while the writer was still running.
        if (!waiting.IsEmpty)
        {
            _ = CommitWaitingAsync();
        }
    }

    // Waits until a transaction is full: the events of a replay all wait for their lines, so no more come then.
    private async Task CollectAsync()
    {
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref collecting, full);
        if (waiting.Count < Transaction.MaxOperations)
        {
            using var enough = new CancellationTokenSource();
            await Task.WhenAny(full.Task, Task.Delay(CollectFor, time, enough.Token));
            await enough.CancelAsync();
        }

        Volatile.Write(ref collecting, null);
    }

    private async Task CommitAllAsync(List<Append> taken)
    {
        // A transaction may hold a row only once. A second copy of an event goes with a later transaction and finds the first.
        await Task.WhenAll(taken
            .GroupBy(append => append.Row.PartitionKey)
            .SelectMany(partition => partition.DistinctBy(append => append.Row.RowKey).Chunk(Transaction.MaxOperations))
            .Select(CommitAsync));
        foreach (Append again in taken.Where(append => !append.Done.Task.IsCompleted))
        {
            await CommitAsync([again]);
        }
    }

    private async Task CommitAsync(Append[] appends)
    {
        using Activity? span = EventSpans.StartShared("commit audit", [.. appends.Select(append => append.Caller)]);
        try
        {
            if (appends.Length == 1)
            {
                await InsertAsync(appends[0]);
            }
            else
            {
                TableClient audit = await tables.GetAsync(StorageTables.Audit, CancellationToken.None);
                await StorageCall.RunAsync(
                    () => audit.SubmitTransactionAsync(appends.Select(append => new TableTransactionAction(TableTransactionActionType.Add, append.Row))),
                    CancellationToken.None);
                Volatile.Write(ref sharedAt, time.GetTimestamp());
            }

            foreach (Append append in appends)
            {
                append.Done.TrySetResult(true);
            }
        }
        catch (RequestFailedException exception) when (appends.Length > 1)
        {
            // Either some rows exist already, and one query finds them; or a row cannot be stored, and single writes find it.
            Append[] left = exception.Status == 409 ? await WithoutThoseThereAsync(appends) : appends;
            await Task.WhenAll(left.Chunk(left.Length < appends.Length ? Transaction.MaxOperations : 1).Select(CommitAsync));
        }
        catch (Exception exception)
        {
            foreach (Append append in appends)
            {
                append.Done.TrySetException(exception);
            }
        }
    }

    // Completes the lines whose rows exist already, and returns the others.
    private async Task<Append[]> WithoutThoseThereAsync(Append[] appends)
    {
        try
        {
            string[] keys = [.. appends.Select(append => append.Row.RowKey).Order(StringComparer.Ordinal)];
            string filter = TableClient.CreateQueryFilter(
                $"PartitionKey eq {appends[0].Row.PartitionKey} and RowKey ge {keys[0]} and RowKey le {keys[^1]}");
            Dictionary<string, Append> asked = appends.ToDictionary(append => append.Row.RowKey);
            await foreach (TableEntity row in tables.QueryAsync(StorageTables.Audit, filter, null, ["RowKey", Entry], CancellationToken.None).Take(MaxScanned))
            {
                if (asked.Remove(row.RowKey, out Append? append))
                {
                    Volatile.Write(ref sharedAt, time.GetTimestamp());
                    Complete(append, row);
                }
            }

            return [.. asked.Values];
        }
        catch (Exception exception) when (exception is DependencyUnavailableException or RequestFailedException)
        {
            foreach (Append append in appends)
            {
                append.Done.TrySetException(exception);
            }

            return [];
        }
    }

    private static void Complete(Append append, TableEntity there)
    {
        if (there.GetBinary(Entry).AsSpan().SequenceEqual(append.Row.GetBinary(Entry)))
        {
            append.Done.TrySetResult(false);
        }
        else
        {
            append.Done.TrySetException(new EventIdConflictException(append.EventId));
        }
    }

    private async Task InsertAsync(Append append)
    {
        TableClient audit = await tables.GetAsync(StorageTables.Audit, CancellationToken.None);
        try
        {
            await StorageCall.RunAsync(() => audit.AddEntityAsync(append.Row), CancellationToken.None);
        }
        catch (RequestFailedException exception) when (exception.Status == 409)
        {
            Response<TableEntity> there = await StorageCall.RunAsync(
                () => audit.GetEntityAsync<TableEntity>(append.Row.PartitionKey, append.Row.RowKey), CancellationToken.None);
            Complete(append, there.Value);
        }
    }

    private TableEntity RowOf(AuditEntry entry) => new(
        shards.PartitionOf(Hours.Of(entry.Timestamp), entry.EventId), RowKeyOf(entry.Timestamp) + KeyPart.Of(entry.EventId))
    {
        ["Type"] = entry.Type,
        ["UserId"] = entry.UserId,
        ["ResourceId"] = entry.ResourceId,
        ["CorrelationId"] = entry.CorrelationId,
        [Entry] = JsonSerializer.SerializeToUtf8Bytes(entry, AuditJsonContext.Stored.AuditEntry),
    };

    // Count hours from the year 1, so that arithmetic does not overflow at either end of the calendar.
    private static long HourOf(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerHour;

    private static string TextOf(long hour) => Hours.Of(new DateTimeOffset(hour * TimeSpan.TicksPerHour, TimeSpan.Zero));

    private static string RowKeyOf(DateTimeOffset time) => (DateTimeOffset.MaxValue.UtcTicks - time.UtcTicks).ToString("D19", CultureInfo.InvariantCulture) + "-";

    private static (long Hour, string RowKey)? ReadPlace(string place) =>
        place.Split('/') is [var hour, var rowKey] && Hours.TryRead(hour, out DateTimeOffset start) ? (HourOf(start), rowKey) : null;

    private static string? Filter(AuditQuery query)
    {
        List<string> terms = [];
        void Where(bool given, FormattableString term)
        {
            if (given)
            {
                terms.Add(TableClient.CreateQueryFilter(term));
            }
        }

        Where(query.To is not null, $"RowKey ge {RowKeyOf(query.To ?? default)}");
        // '.' sorts after '-', so the range includes that tick.
        Where(query.From is not null, $"RowKey lt {RowKeyOf(query.From ?? default)[..^1] + "."}");
        Where(query.Type is not null, $"Type eq {query.Type}");
        Where(query.UserId is not null, $"UserId eq {query.UserId}");
        Where(query.ResourceId is not null, $"ResourceId eq {query.ResourceId}");
        Where(query.CorrelationId is not null, $"CorrelationId eq {query.CorrelationId}");
        return terms.Count == 0 ? null : string.Join(" and ", terms);
    }

    // Storage reads forwards only. Longer and longer ranges find the newest rows, and halving finds their last hour: a few calls.
    private async Task<long?> NewestHourAsync(long oldest, long newest, CancellationToken cancellationToken)
    {
        if (oldest > newest || await FirstHourAsync(oldest, newest, cancellationToken) is not { } first)
        {
            return null;
        }

        long found = first;
        for (long width = 1; found == first && newest > first; width *= 4)
        {
            long from = Math.Max(first + 1, newest - width + 1);
            if (await FirstHourAsync(from, newest, cancellationToken) is { } later)
            {
                found = later;
            }
            else
            {
                newest = from - 1;
            }
        }

        while (found < newest)
        {
            long middle = found + 1 + ((newest - found - 1) / 2);
            if (await FirstHourAsync(middle, newest, cancellationToken) is { } later)
            {
                found = later;
            }
            else
            {
                newest = middle - 1;
            }
        }

        return found;
    }

    private async Task<long?> FirstHourAsync(long from, long to, CancellationToken cancellationToken)
    {
        string? hour = await lines.FirstHourAsync(TextOf(from), Hours.EndOf(TextOf(to)), cancellationToken);
        return hour is not null && Hours.TryRead(hour, out DateTimeOffset start) ? HourOf(start) : null;
    }

    private sealed record Append(TableEntity Row, string EventId, TaskCompletionSource<bool> Done)
    {
        // The span that waits for the line.
        public Activity? Caller { get; } = Activity.Current;
    }
}
