using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Recovery;

/// <summary>
/// Replay jobs, in the Replays table: a row for the job, and a row for the progress of each of its types, so that several apps
/// can work on one job.
/// </summary>
/// <param name="tables">The tables.</param>
/// <param name="time">The clock.</param>
public sealed class ReplayJobs(StorageTables tables, TimeProvider time)
{
    /// <summary>The status of an unfinished job.</summary>
    public const string Running = "running";

    /// <summary>The status of a finished job.</summary>
    public const string Done = "done";

    /// <summary>The status of an unfinished job that an operator has stopped for the time being.</summary>
    public const string Paused = "paused";

    /// <summary>The status of a job that an operator has ended before it was finished.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The reason for jobs that an operator asked for.</summary>
    public const string Operator = "operator";

    /// <summary>The prefix of the reasons for jobs that replace lost journal entries.</summary>
    public const string JournalLoss = "journal-";

    /// <summary>The reason for jobs that replace state that Redis lost.</summary>
    public const string RedisLoss = "redis-lost-state";

    /// <summary>Creates a job. It runs at the consumer's next tick.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="types">The types of event; null for all.</param>
    /// <param name="from">The oldest event time.</param>
    /// <param name="to">The newest event time.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The stored job.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<ReplayJob> AddAsync(
        string consumer, IReadOnlyList<string>? types, DateTimeOffset from, DateTimeOffset to, string reason, CancellationToken cancellationToken) =>
        AddAsync(Guid.CreateVersion7(time.GetUtcNow()), consumer, types, from, to, reason, cancellationToken);

    /// <summary>Creates a job with an id. A second call changes nothing.</summary>
    /// <param name="id">The id.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="types">The types of event; null for all.</param>
    /// <param name="from">The oldest event time.</param>
    /// <param name="to">The newest event time.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The stored job.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<ReplayJob> AddAsync(
        Guid id, string consumer, IReadOnlyList<string>? types, DateTimeOffset from, DateTimeOffset to, string reason, CancellationToken cancellationToken)
    {
        var job = new ReplayJob
        {
            Id = id.ToString("D"),
            Consumer = consumer,
            Types = types,
            From = from,
            To = to,
            Reason = reason,
            Status = Running,
            CreatedAt = time.GetUtcNow(),
        };
        // A caller may name a type twice.
        IEnumerable<ReplayProgress> begin = Subscriptions.TypesOf(consumer)
            .Where(type => types?.Contains(type) != false)
            .Select(type => new ReplayProgress { JobId = job.Id, Consumer = consumer, Type = type, Status = Running });
        TableClient replays = await tables.GetAsync(StorageTables.Replays, cancellationToken);
        try
        {
            await StorageCall.RunAsync(
                () => replays.SubmitTransactionAsync(
                    begin.Select(RowOf).Prepend(RowOf(job)).Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)), cancellationToken),
                cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 409)
        {
            // The job exists from an earlier call, or from a try whose response was lost.
        }

        return job;
    }

    /// <summary>
    /// Makes sure that a range is replayed. Extends a job for the same reason and types that has not begun and starts a little earlier,
    /// or creates a new one. So repeated losses while nobody can replay do not pile up equal jobs.
    /// </summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="types">The types of event that the consumer takes, at least one.</param>
    /// <param name="from">The oldest event time.</param>
    /// <param name="to">The newest event time. A range that reaches into the future does not extend a past one.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task CoverAsync(
        string consumer, IReadOnlyCollection<string> types, DateTimeOffset from, DateTimeOffset to, string reason, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        IReadOnlyList<string> all = Subscriptions.TypesOf(consumer);
        HashSet<string> wanted = [.. types];
        await foreach (OpenReplay replay in OpenAsync(consumer, types, cancellationToken))
        {
            ReplayJob job = replay.Job;
            // Keep its start time, which decides its order.
            bool isNear = job.From <= from && from - job.From <= ConsumerRecovery.MaxClockDifference && from <= job.To;
            bool isAlike = job.Reason == reason && wanted.SetEquals(job.Types ?? all) && job.To > now == to > now;
            bool hasBegun = replay.Types.Count < wanted.Count || replay.Types.Any(progress => progress.HasBegun);
            if (isNear && isAlike && !hasBegun && await TryExtendAsync(replay, to > job.To ? to : job.To, cancellationToken))
            {
                return;
            }
        }

        await AddAsync(consumer, wanted.IsSupersetOf(all) ? null : [.. all.Where(wanted.Contains)], from, to, reason, cancellationToken);
    }

    /// <summary>Finds how far back the jobs reach on which somebody has worked since a time.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="types">The types of event.</param>
    /// <param name="since">The time, by the clock of storage.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The earliest start of these jobs, finished or not; null if there are none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<DateTimeOffset?> StartOfWorkSinceAsync(string consumer, IReadOnlyCollection<string> types, DateTimeOffset since, CancellationToken cancellationToken)
    {
        List<TableEntity> rows = await QueryAsync(TableClient.CreateQueryFilter($"PartitionKey eq {consumer}"), cancellationToken).ToListAsync(cancellationToken);
        HashSet<string> worked = [.. rows
            .Where(row => row.Timestamp >= since)
            .Select(ProgressOf)
            .OfType<ReplayProgress>()
            .Where(progress => types.Contains(progress.Type))
            .Select(progress => progress.JobId)];
        return rows.Where(row => worked.Contains(row.RowKey)).Select(row => (DateTimeOffset?)StorageTables.Stored(row.GetDateTimeOffset("From")!.Value)).Min();
    }

    /// <summary>Reads a job.</summary>
    /// <param name="id">The job.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The job; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<ReplayJob?> FindAsync(string id, CancellationToken cancellationToken)
    {
        foreach (string consumer in DeliveryOptions.KnownConsumers)
        {
            if (await FindAsync(consumer, id, cancellationToken) is { } job)
            {
                return job;
            }
        }

        return null;
    }

    /// <summary>Reads a job of a consumer.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="id">The job.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The job; null if the consumer has none with this id.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<ReplayJob?> FindAsync(string consumer, string id, CancellationToken cancellationToken)
    {
        string key = KeyPart.Of(id);
        List<TableEntity> rows = await RowsOfAsync(consumer, key, cancellationToken).ToListAsync(cancellationToken);
        return rows.Find(row => row.RowKey == key) is { } job ? JobOf(job, [.. rows.Select(ProgressOf).OfType<ReplayProgress>()]) : null;
    }

    /// <summary>Lists the jobs of all consumers, newest first. Reads the rows of all jobs, which retention keeps few.</summary>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<Outcome<Domain.Page<ReplayJob>>> ListAsync(PageRequest page, CancellationToken cancellationToken) =>
        page.FillAsync(place => Guid.TryParseExact(place, "D", out _), after => AfterAsync(after, cancellationToken));

    private async IAsyncEnumerable<(string Place, ReplayJob Job)> AfterAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<TableEntity> rows = await QueryAsync("", cancellationToken).ToListAsync(cancellationToken);
        ILookup<string, ReplayProgress> types = rows.Select(ProgressOf).OfType<ReplayProgress>().ToLookup(progress => progress.JobId);
        // Ids sort by time.
        foreach (TableEntity job in rows
            .Where(row => ProgressOf(row) is null && (after is null || string.CompareOrdinal(row.RowKey, after) < 0))
            .OrderByDescending(row => row.RowKey, StringComparer.Ordinal))
        {
            yield return (job.RowKey, JobOf(job, [.. types[job.RowKey]]));
        }
    }

    /// <summary>Pauses, resumes or cancels what a job has not finished. Finished types stay finished.</summary>
    /// <param name="job">The job.</param>
    /// <param name="from">The statuses that change.</param>
    /// <param name="to">The new status.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>False if instances that work on the job wrote their progress at every try.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<bool> TrySetStatusAsync(ReplayJob job, IReadOnlyCollection<string> from, string to, CancellationToken cancellationToken) =>
        ConflictRetry.TryAsync(ConflictRetry.MaxTries, async () =>
        {
            List<TableEntity> rows = await RowsOfAsync(job.Consumer, job.Id, cancellationToken).ToListAsync(cancellationToken);
            ReplayProgress[] types = [.. rows.Select(ProgressOf).OfType<ReplayProgress>().Where(progress => from.Contains(progress.Status))];
            return types.Length == 0 || await TryWriteAsync([.. types.Select(progress => progress with { Status = to })], cancellationToken) is not null;
        }, cancellationToken);

    /// <summary>Finds the unfinished job with the latest start, so that recent losses do not wait for a replay of the whole past.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="types">The types of event. Jobs in which all of them are finished do not count.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The job with its unfinished types among these; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<OpenReplay?> NextAsync(string consumer, IReadOnlyCollection<string> types, CancellationToken cancellationToken)
    {
        OpenReplay? next = null;
        await foreach (OpenReplay replay in OpenAsync(consumer, types, cancellationToken))
        {
            next = next is null || replay.Job.From > next.Job.From ? replay : next;
        }

        return next;
    }

    /// <summary>Counts the unfinished jobs of a consumer.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="max">The highest count.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The count, at most the maximum.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<int> CountOpenAsync(string consumer, int max, CancellationToken cancellationToken)
    {
        HashSet<string> ids = [];
        await using IAsyncEnumerator<ReplayProgress> open = OpenTypesAsync(consumer, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (ids.Count < max && await open.MoveNextAsync())
        {
            ids.Add(open.Current.JobId);
        }

        return ids.Count;
    }

    /// <summary>Writes the progress of some types of one job, in one transaction, if none of them has changed since it was read.</summary>
    /// <param name="types">The types with their progress.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The types with their new versions; null if another instance has written one of them meanwhile.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<IReadOnlyList<ReplayProgress>?> TryWriteAsync(IReadOnlyList<ReplayProgress> types, CancellationToken cancellationToken) =>
        await TrySubmitAsync(types.Select(ReplaceOf), cancellationToken) is { } written
            ? [.. types.Zip(written, (progress, response) => progress with { ETag = response.Headers.ETag!.Value.ToString() })]
            : null;

    /// <summary>Deletes old jobs that are finished.</summary>
    /// <param name="before">The creation time before which a job is old.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The number of deleted jobs.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<int> DeleteFinishedAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        int deleted = 0;
        // Only the row of the job has this time.
        await foreach (TableEntity job in QueryAsync(TableClient.CreateQueryFilter($"CreatedAt lt {before}"), cancellationToken))
        {
            List<TableEntity> rows = await RowsOfAsync(job.PartitionKey, job.RowKey, cancellationToken).ToListAsync(cancellationToken);
            if (!rows.Exists(row => ProgressOf(row) is { Status: Running or Paused })
                && await TrySubmitAsync(rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)), cancellationToken) is not null)
            {
                deleted++;
            }
        }

        return deleted;
    }

    // Write all rows even if nothing changes, so that an instance that is about to start one of the types reads the job again.
    private async Task<bool> TryExtendAsync(OpenReplay replay, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var job = new TableEntity(replay.Job.Consumer, replay.Job.Id) { ["To"] = StorageTables.Storable(to) };
        // Every change of the job's row also changes these rows, so their versions are enough.
        var extend = new TableTransactionAction(TableTransactionActionType.UpdateMerge, job, ETag.All);
        return await TrySubmitAsync(replay.Types.Select(ReplaceOf).Prepend(extend), cancellationToken) is not null;
    }

    private async Task<IReadOnlyList<Response>?> TrySubmitAsync(IEnumerable<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        TableClient replays = await tables.GetAsync(StorageTables.Replays, cancellationToken);
        try
        {
            return (await StorageCall.RunAsync(() => replays.SubmitTransactionAsync(actions, cancellationToken), cancellationToken)).Value;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return null;
        }
    }

    // The consumer's jobs that have unfinished types among these.
    private async IAsyncEnumerable<OpenReplay> OpenAsync(
        string consumer, IReadOnlyCollection<string> types, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ReplayProgress> open = await OpenTypesAsync(consumer, cancellationToken).Where(progress => types.Contains(progress.Type)).ToListAsync(cancellationToken);
        foreach (IGrouping<string, ReplayProgress> job in open.GroupBy(progress => progress.JobId))
        {
            if (await tables.FindAsync(StorageTables.Replays, consumer, job.Key, cancellationToken) is { } row)
            {
                ReplayProgress[] unfinished = [.. job];
                yield return new OpenReplay(JobOf(row, unfinished), unfinished);
            }
        }
    }

    private IAsyncEnumerable<ReplayProgress> OpenTypesAsync(string consumer, CancellationToken cancellationToken) =>
        QueryAsync(TableClient.CreateQueryFilter($"PartitionKey eq {consumer} and Status eq {Running}"), cancellationToken).Select(ProgressOf).OfType<ReplayProgress>();

    // The row of a job and those of its types. A semicolon follows a colon.
    private IAsyncEnumerable<TableEntity> RowsOfAsync(string consumer, string id, CancellationToken cancellationToken) =>
        QueryAsync(TableClient.CreateQueryFilter($"PartitionKey eq {consumer} and RowKey ge {id} and RowKey lt {id + ';'}"), cancellationToken);

    private IAsyncEnumerable<TableEntity> QueryAsync(string filter, CancellationToken cancellationToken) =>
        tables.QueryAsync(StorageTables.Replays, filter, cancellationToken);

    private static TableTransactionAction ReplaceOf(ReplayProgress progress) =>
        new(TableTransactionActionType.UpdateReplace, RowOf(progress), new ETag(progress.ETag));

    private static TableEntity RowOf(ReplayJob job) => new(job.Consumer, job.Id)
    {
        ["Types"] = job.Types is null ? null : string.Join(',', job.Types),
        ["From"] = StorageTables.Storable(job.From),
        ["To"] = StorageTables.Storable(job.To),
        ["Reason"] = job.Reason,
        ["CreatedAt"] = job.CreatedAt,
    };

    private static TableEntity RowOf(ReplayProgress progress) => new(progress.Consumer, $"{progress.JobId}:{progress.Type}")
    {
        ["Status"] = progress.Status,
        ["Cursor"] = progress.Cursor,
        ["Matched"] = progress.Matched,
        ["Delivered"] = progress.Delivered,
        ["Failed"] = progress.Failed,
        ["Attempts"] = progress.Attempts,
        ["Isolated"] = progress.Isolated,
    };

    private static ReplayJob JobOf(TableEntity row, IReadOnlyList<ReplayProgress> types) => new()
    {
        Consumer = row.PartitionKey,
        Id = row.RowKey,
        Types = row.GetString("Types")?.Split(','),
        From = StorageTables.Stored(row.GetDateTimeOffset("From")!.Value),
        To = StorageTables.Stored(row.GetDateTimeOffset("To")!.Value),
        Reason = row.GetString("Reason"),
        Status = Unfinished.FirstOrDefault(status => types.Any(progress => progress.Status == status)) ?? Done,
        Matched = types.Sum(progress => progress.Matched),
        Delivered = types.Sum(progress => progress.Delivered),
        Failed = types.Sum(progress => progress.Failed),
        CreatedAt = row.GetDateTimeOffset("CreatedAt")!.Value,
    };

    // The first that a type has is the status of the job.
    private static readonly string[] Unfinished = [Running, Paused, Cancelled];

    // Null for the row of a job.
    private static ReplayProgress? ProgressOf(TableEntity row) => row.RowKey.Split(':') is not [var id, var type] ? null : new ReplayProgress
    {
        JobId = id,
        Consumer = row.PartitionKey,
        Type = type,
        Status = row.GetString("Status"),
        Cursor = row.GetString("Cursor"),
        Matched = row.GetInt64("Matched")!.Value,
        Delivered = row.GetInt64("Delivered")!.Value,
        Failed = row.GetInt64("Failed")!.Value,
        Attempts = row.GetInt32("Attempts")!.Value,
        Isolated = row.GetInt32("Isolated")!.Value,
        ETag = row.ETag.ToString(),
    };
}
