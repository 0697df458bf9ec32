using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Recovery;

/// <summary>Replay jobs, in the Replays table.</summary>
/// <param name="tables">The tables.</param>
/// <param name="time">The clock.</param>
public sealed class ReplayJobs(StorageTables tables, TimeProvider time)
{
    /// <summary>The status of an unfinished job.</summary>
    public const string Running = "running";

    /// <summary>The status of a finished job.</summary>
    public const string Done = "done";

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
        DateTimeOffset now = time.GetUtcNow();
        var job = new ReplayJob
        {
            Id = id.ToString("D"),
            Consumer = consumer,
            Types = types,
            From = from,
            To = to,
            Reason = reason,
            Status = Running,
            CreatedAt = now,
        };
        TableClient replays = await tables.GetAsync(StorageTables.Replays, cancellationToken);
        try
        {
            await StorageCall.RunAsync(() => replays.AddEntityAsync(RowOf(job), cancellationToken), cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 409)
        {
            // The job exists from an earlier call, or from a try whose response was lost.
        }

        return job;
    }

    /// <summary>
    /// Makes sure that a range is replayed. Extends a job for the same reason that has not begun and starts a little earlier,
    /// or creates a new one. So repeated losses while nobody can replay do not pile up equal jobs.
    /// </summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="from">The oldest event time.</param>
    /// <param name="to">The newest event time. A range that reaches into the future does not extend a past one.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when the job is stored.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task CoverAsync(string consumer, DateTimeOffset from, DateTimeOffset to, string reason, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        await foreach (ReplayJob job in OpenAsync(consumer, cancellationToken))
        {
            // Keep its start time, which decides its order.
            bool isNear = job.From <= from && from - job.From <= ConsumerRecovery.MaxClockDifference && from <= job.To;
            bool isAlike = job.Reason == reason && job.Types is null && job.To > now == to > now;
            // Write it even if nothing changes, so that an instance that is about to start it reads it again.
            if (isNear && isAlike && job is { Cursor: null, Attempts: 0, Isolated: 0 }
                && await TryWriteAsync(job with { To = to > job.To ? to : job.To }, cancellationToken) is not null)
            {
                return;
            }
        }

        await AddAsync(consumer, null, from, to, reason, cancellationToken);
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
            TableClient replays = await tables.GetAsync(StorageTables.Replays, cancellationToken);
            NullableResponse<TableEntity> found = await StorageCall.RunAsync(
                () => replays.GetEntityIfExistsAsync<TableEntity>(consumer, KeyPart.Of(id), cancellationToken: cancellationToken), cancellationToken);
            if (found.HasValue)
            {
                return JobOf(found.Value!);
            }
        }

        return null;
    }

    /// <summary>Finds a consumer's unfinished job with the latest start, so that recent losses do not wait for a replay of the whole past.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The job; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<ReplayJob?> NextAsync(string consumer, CancellationToken cancellationToken)
    {
        ReplayJob? next = null;
        await foreach (ReplayJob job in OpenAsync(consumer, cancellationToken))
        {
            next = next is null || job.From > next.From ? job : next;
        }

        return next;
    }

    /// <summary>Counts the unfinished jobs of a consumer.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="max">The highest count.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The count, at most the maximum.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<int> CountOpenAsync(string consumer, int max, CancellationToken cancellationToken) =>
        tables.CountAsync(StorageTables.Replays, OpenFilter(consumer), max, cancellationToken);

    /// <summary>Writes a job's progress if it has not changed since it was read.</summary>
    /// <param name="job">The job with its progress.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The job with its new version; null if another instance has written it meanwhile.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<ReplayJob?> TryWriteAsync(ReplayJob job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        TableClient replays = await tables.GetAsync(StorageTables.Replays, cancellationToken);
        try
        {
            Response written = await StorageCall.RunAsync(
                () => replays.UpdateEntityAsync(RowOf(job), new ETag(job.ETag), TableUpdateMode.Replace, cancellationToken), cancellationToken);
            return job with { ETag = written.Headers.ETag!.Value.ToString() };
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            return null;
        }
    }

    private IAsyncEnumerable<ReplayJob> OpenAsync(string consumer, CancellationToken cancellationToken) =>
        tables.QueryAsync(StorageTables.Replays, OpenFilter(consumer), cancellationToken).Select(JobOf);

    private static string OpenFilter(string consumer) => TableClient.CreateQueryFilter($"PartitionKey eq {consumer} and Status eq {Running}");

    private static TableEntity RowOf(ReplayJob job) => new(job.Consumer, job.Id)
    {
        ["Types"] = job.Types is null ? null : string.Join(',', job.Types),
        ["From"] = StorageTables.Storable(job.From),
        ["To"] = StorageTables.Storable(job.To),
        ["Reason"] = job.Reason,
        ["Status"] = job.Status,
        ["Matched"] = job.Matched,
        ["Delivered"] = job.Delivered,
        ["Failed"] = job.Failed,
        ["CreatedAt"] = job.CreatedAt,
        ["Cursor"] = job.Cursor,
        ["Attempts"] = job.Attempts,
        ["Alone"] = job.Isolated,
    };

    private static ReplayJob JobOf(TableEntity row) => new()
    {
        Consumer = row.PartitionKey,
        Id = row.RowKey,
        Types = row.GetString("Types")?.Split(','),
        From = StorageTables.Stored(row.GetDateTimeOffset("From")!.Value),
        To = StorageTables.Stored(row.GetDateTimeOffset("To")!.Value),
        Reason = row.GetString("Reason"),
        Status = row.GetString("Status"),
        Matched = row.GetInt64("Matched")!.Value,
        Delivered = row.GetInt64("Delivered")!.Value,
        Failed = row.GetInt64("Failed")!.Value,
        CreatedAt = row.GetDateTimeOffset("CreatedAt")!.Value,
        Cursor = row.GetString("Cursor"),
        Attempts = row.GetInt32("Attempts") ?? 0,
        Isolated = row.GetInt32("Alone") ?? 0,
        ETag = row.ETag.ToString(),
    };
}
